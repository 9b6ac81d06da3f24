import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import { RequestWatch } from '../common/request-watch.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { AccessLog } from './access-log.js';
import { applyLimits } from './apply-limits.js';
import { ConnectionBook } from './connection-book.js';
import { ConnectionFaults } from './connection-faults.js';
import { FrontDoor } from './front-door.js';
import { HalfClosedCallers } from './half-closed-callers.js';
import { StalledClients } from './stalled-clients.js';

/** Puts everything in front of the application that protects it from its callers. Before it listens. */
export function guardServer(app: NestExpressApplication): void {
  const server: Server = app.getHttpServer();
  const settings = app.get(SettingsHolder);
  applyLimits(server, settings.current.server);
  settings.onChange((next) => {
    applyLimits(server, next.server);
  });
  app.get(FrontDoor).attach(server, [app.get(AccessLog), app.get(RequestWatch)]);
  app.get(ConnectionBook).attach(server);
  app.get(ConnectionFaults).attach(server);
  app.get(StalledClients).attach(server);
  app.get(HalfClosedCallers).attach(server);
}

import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppModule } from '../../src/app.module.js';
import { setUp } from '../../src/bootstrap.js';
import { Clock } from '../../src/common/clock.js';
import { RecordSinks } from '../../src/common/record-sinks.js';
import { ConfigWatcher } from '../../src/config/config-watcher.js';
import { environment, readEnvironment } from '../../src/config/environment.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { readTextFile } from '../../src/config/read-text-file.js';
import { SettingsHolder } from '../../src/config/settings-holder.js';
import { ReadyAdapter } from '../../src/server/ready-adapter.js';
import { SpillFolder } from '../../src/usage/spill-folder.js';
import { JsonLogger } from '../../src/telemetry/json-logger.js';
import { TokenizerThread } from '../../src/usage/tokenizer-thread.js';
import { IN_PROCESS_TOKENIZER } from './in-process-tokenizer.js';
import { MemoryLogger } from './memory-logger.js';

export interface GatewayOptions {
  /** The configuration file's text. */
  readonly yaml: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export interface RunningGateway {
  /** Without a slash at the end. */
  readonly url: string;
  readonly app: NestExpressApplication;
  /** What the gateway logged. */
  readonly logs: MemoryLogger;
  close(): Promise<void>;
}

/** Starts the whole application on a free port of the loopback interface, configured by the text of a YAML file. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const path = 'test/gateway.yaml';
  const load = () =>
    loadSettings({ ...options.environment, GATEWAY_CONFIG: path }, (file) =>
      file === path ? options.yaml : readTextFile(file),
    );
  const building = Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(SettingsHolder)
    .useValue(new SettingsHolder(load(), load))
    .overrideProvider(environment.KEY)
    .useValue(readEnvironment({ DATABASE_URL: 'sqlite::memory:', ...options.environment }).settings)
    .overrideProvider(ConfigWatcher)
    .useValue({});
  const folder = mkdtempSync(join(tmpdir(), 'sluice-spill-'));
  building.overrideProvider(SpillFolder).useValue(new SpillFolder(folder));
  if (options.clock !== undefined) building.overrideProvider(Clock).useValue(options.clock);
  building.overrideProvider(TokenizerThread).useValue(IN_PROCESS_TOKENIZER);
  const logs = new MemoryLogger();
  building.overrideProvider(JsonLogger).useValue(logs);
  const module = await building.compile();
  const app = setUp(
    module.createNestApplication<NestExpressApplication>(new ReadyAdapter(), { bodyParser: false }),
  );
  await app.listen(0, '127.0.0.1');
  const sinks = app.get(RecordSinks);
  logs.beforeRead = sinks.flush;
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    app,
    logs,
    close: async () => {
      app.getHttpServer().closeAllConnections();
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { Logger } from '@nestjs/common';
import { SystemClock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import type { EnvironmentSettings } from '../config/environment.js';
import { findFree } from '../server/listeners.js';
import { toListenFault } from '../server/to-listen-fault.js';
import { JsonLogger } from '../telemetry/json-logger.js';
import { loadPrettyPrinter } from '../telemetry/load-pretty-printer.js';
import { PrimaryDesk } from './primary-desk.js';
import { Supervisor } from './supervisor.js';

/**
 * Makes this process the primary: it serves nobody, but starts the workers that do, and keeps what they share. Ends the
 * process when they have ended.
 * @throws StartFault when the port is taken, the first worker could not be started, or it was killed before it served
 */
export async function superviseWorkers(environment: EnvironmentSettings): Promise<void> {
  const pretty = process.stdout.isTTY ? await loadPrettyPrinter() : undefined;
  const logger = new JsonLogger(environment, new Redactor(), pretty);
  Logger.overrideLogger(logger);
  const port = await findPort(environment);
  const clock = new SystemClock();
  const supervisor = new Supervisor(environment.workers, port, new PrimaryDesk(clock), clock, (report) => {
    logger.logStart(report);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      supervisor.stop(signal);
    });
  }
  process.on('SIGHUP', () => {
    supervisor.reload();
  });
  process.exit(await supervisor.run());
}

/** Two gateways must not share a port, and the workers of one must not each choose its own. */
async function findPort({ host, port }: EnvironmentSettings): Promise<number> {
  try {
    return await findFree(port, host);
  } catch (error) {
    throw toListenFault(error, host, port);
  }
}

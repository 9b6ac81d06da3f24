import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import cluster from 'node:cluster';
import type { Server } from 'node:http';
import { Clock } from './common/clock.js';
import { PrimaryLink, SERVING } from './common/primary-link.js';
import { StartFault } from './common/start-fault.js';
import { environment, type EnvironmentSettings } from './config/environment.js';
import { SettingsHolder } from './config/settings-holder.js';
import type { GatewaySettings } from './config/gateway-settings.js';
import { describeStart } from './describe-start.js';
import type { ProviderEndpoint } from './providers/provider-endpoint.js';
import { ProviderRegistry } from './providers/provider-registry.js';
import { Listeners } from './server/listeners.js';
import { releaseStartMemory } from './server/release-start-memory.js';
import { toListenFault } from './server/to-listen-fault.js';
import { yieldToRequests } from './server/yield-to-requests.js';
import { JsonLogger } from './telemetry/json-logger.js';
import { Load } from './telemetry/load.js';

/** How long a process goes on taking requests after SIGTERM, so that load balancers notice before it stops. */
const NOTICE_MS = 1_000;

/** Who still sends requests after this much longer is told to go elsewhere, or steady traffic would keep it for ever. */
const LAST_CALL_MS = 10_000;

/** What running requests have to say when their time is over is said within this. */
const LAST_WORDS_MS = 1_000;

/** And what is in memory only is written within this. */
const FLUSH_MS = 10_000;

/**
 * Listens until SIGTERM or SIGINT, then drains: readiness goes 503 at once, running requests finish within
 * `server.shutdown_grace`, those that do not are told to end, and the process exits 0. A second signal ends it at once,
 * with 1; a worker leaves that to its primary.
 * @throws StartFault when there is no usable provider or the port is taken
 */
export async function serve(app: NestExpressApplication): Promise<void> {
  const logger = new Logger('Sluice');
  const holder = app.get(SettingsHolder);
  const registry = app.get(ProviderRegistry);
  const settings = holder.current;
  const endpoints = [...registry.endpointsOf(settings).values()];
  assertUsable(endpoints, settings);
  holder.addCheck((next) => {
    assertUsable([...registry.endpointsOf(next).values()], next);
  });
  for (const warning of settings.warnings ?? []) logger.warn(warning);
  const { host, port } = app.get<EnvironmentSettings>(environment.KEY);
  await app.init();
  releaseStartMemory();
  yieldToRequests();
  const server: Server = app.getHttpServer();
  try {
    await app.get(Listeners).open(server, port, host);
  } catch (error) {
    throw toListenFault(error, host, port);
  }
  // Before the line that tells others they may count on it.
  drainOnSignal(app, logger);
  const report = describeStart(app, settings, endpoints, { address: toUrl(server), host });
  const { line } = app.get(PrimaryLink);
  // Of several workers the primary says it, once all of them serve.
  if (line === undefined) app.get(JsonLogger).logStart(report);
  else line.tell(SERVING, report);
}

/** @throws StartFault when there is no usable provider */
function assertUsable(endpoints: readonly ProviderEndpoint[], { source }: GatewaySettings): void {
  if (endpoints.some((endpoint) => endpoint.unusable === undefined)) return;
  const variables = [...new Set(endpoints.map((endpoint) => endpoint.settings.apiKeyVariable))];
  throw new StartFault(
    `No provider can be used: no API key was found (${source}). Set ${variables.join(', ') || 'DEEPSEEK_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY'} in the environment or in .env, or see the gateway at work without any key: npm run demo`,
  );
}

/** One that can be followed on this machine, also when it listens on all addresses. */
function toUrl(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return String(address);
  const isIpv6 = address.family === 'IPv6';
  const host = address.address.replace(/^::$/, '::1').replace(/^0\.0\.0\.0$/, '127.0.0.1');
  return `http://${isIpv6 ? `[${host}]` : host}:${String(address.port)}`;
}

function drainOnSignal(app: NestExpressApplication, logger: Logger): void {
  let isDraining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isDraining) {
      // A terminal or a service manager may signal every process, and the primary passes on what it got: for a worker
      // the second signal is no second wish.
      if (cluster.isWorker) return;
      process.exit(1);
    }
    isDraining = true;
    logger.log(`${signal}: shutting down`);
    void shutDown(app, logger);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function shutDown(app: NestExpressApplication, logger: Logger): Promise<void> {
  const load = app.get(Load);
  const clock = app.get(Clock);
  const { shutdownGraceMs } = app.get(SettingsHolder).current.server;
  const server: Server = app.getHttpServer();
  load.drain();
  const graceOver = clock.sleep(shutdownGraceMs);
  await Promise.race([clock.sleep(NOTICE_MS), graceOver]);
  await Promise.race([load.idle(), clock.sleep(LAST_CALL_MS), graceOver]);
  load.refuse();
  await Promise.race([load.idle(), graceOver]);
  if (load.inFlight > 0) {
    logger.warn(`${String(load.inFlight)} requests did not finish within the grace`);
    load.endGrace();
    await Promise.race([load.idle(), clock.sleep(LAST_WORDS_MS)]);
  }
  // Probes are answered until here, so that nobody takes a draining process for a dead one.
  app.get(Listeners).close();
  server.close();
  server.closeAllConnections();
  process.exit(await closeInTime(app, clock, logger));
}

/** Writes what is in memory only. @returns the exit code of the process */
async function closeInTime(app: NestExpressApplication, clock: Clock, logger: Logger): Promise<0 | 1> {
  try {
    const closed = app.close().then(() => true);
    if (await Promise.race([closed, clock.sleep(FLUSH_MS).then(() => false)])) return 0;
    logger.error(`What was to be written at the end was not written within ${String(FLUSH_MS / 1_000)} s`);
  } catch (error) {
    logger.error(error);
  }
  return 1;
}

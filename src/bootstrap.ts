import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { Redactor } from './common/redactor.js';
import { environment, type EnvironmentSettings } from './config/environment.js';
import type { GatewaySettings } from './config/gateway-settings.js';
import { SettingsHolder } from './config/settings-holder.js';
import { secretsOfProxies } from './config/proxy-url.js';
import { DocsPages } from './docs.js';
import { guardServer } from './server/guard-server.js';
import { ReadyAdapter } from './server/ready-adapter.js';
import { JsonLogger } from './telemetry/json-logger.js';

/**
 * Makes the application, ready to listen.
 * @throws ConfigFault when the configuration cannot be used, StartFault when something else makes a start impossible
 */
export async function createApplication(): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, new ReadyAdapter(), {
    bodyParser: false,
    bufferLogs: true,
    // A fault of the start is printed as the one message that it is, not by Nest with the way it took.
    autoFlushLogs: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  return setUp(app);
}

/** What every application needs on top of its modules; tests call it on modules that they have changed. */
export function setUp(app: NestExpressApplication): NestExpressApplication {
  app.useLogger(app.get(JsonLogger));
  app.flushLogs();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  const holder = app.get(SettingsHolder);
  const settings = holder.current;
  learnSecrets(app, settings);
  holder.onChange((next) => {
    learnSecrets(app, next);
  });
  guardServer(app);
  if (settings.server.corsOrigins.length > 0) {
    app.enableCors({ origin: [...settings.server.corsOrigins], exposedHeaders: [...EXPOSED_HEADERS] });
  }
  app.get(DocsPages).serveOn(app);
  return app;
}

const EXPOSED_HEADERS = [
  'retry-after',
  'x-request-id',
  'x-should-retry',
  'x-sluice-attempts',
  'x-sluice-cache',
  'x-sluice-cost-usd',
  'x-sluice-dropped',
  'x-sluice-model',
  'x-sluice-provider',
] as const;

function learnSecrets(app: NestExpressApplication, settings: GatewaySettings): void {
  const { adminKey } = app.get<EnvironmentSettings>(environment.KEY);
  app
    .get(Redactor)
    .learn([
      ...settings.providers.flatMap((provider) => provider.apiKeys),
      ...settings.providers.flatMap(({ headers, modelOptions = [] }) =>
        [headers, ...modelOptions.map((one) => one.settings.headers ?? {})].flatMap(secretValues),
      ),
      ...secretsOfProxies(settings.providers.map(({ proxy }) => proxy)),
      ...settings.auth.keys.map((key) => key.secret),
      ...(adminKey === undefined ? [] : [adminKey]),
    ]);
}

const SECRET_HEADER = /auth|key|token|secret|cookie|password/i;

/** Extra headers carry keys of proxies and the like; the word before one (`Bearer`) is none. */
function secretValues(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => SECRET_HEADER.test(name))
    .map(([, value]) => value.replace(/^\w+ /, ''));
}

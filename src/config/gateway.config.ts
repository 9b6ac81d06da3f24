import { AuthConfig } from './auth.config.js';
import { CacheConfig } from './cache.config.js';
import { SectionKey, SectionListKey } from './key.decorators.js';
import { LoggingConfig } from './logging.config.js';
import { ProviderConfig } from './provider.config.js';
import { RoutingConfig } from './routing.config.js';
import { ServerConfig } from './server.config.js';
import { TelemetryConfig } from './telemetry.config.js';

/** The file as users write it. */
export class GatewayConfig {
  @SectionKey('The HTTP server.', ServerConfig)
  server?: ServerConfig;

  @SectionKey('Who may call.', AuthConfig)
  auth?: AuthConfig;

  @SectionListKey('The vendor endpoints, in the order of their priority.', ProviderConfig)
  providers?: ProviderConfig[];

  @SectionKey('Which provider a request goes to, and what happens when it fails.', RoutingConfig)
  routing?: RoutingConfig;

  @SectionKey('Kept answers.', CacheConfig)
  cache?: CacheConfig;

  @SectionKey('The request log.', LoggingConfig)
  logging?: LoggingConfig;

  @SectionKey('Traces.', TelemetryConfig)
  telemetry?: TelemetryConfig;
}

import { randomBytes } from 'node:crypto';
import { BUILT_IN_PROVIDERS } from './built-in-config.js';
import type { ConfigDocument } from './config-document.js';
import { deepFreeze } from './deep-freeze.js';
import { DEFAULTS } from './defaults.js';
import type { GatewayKeyConfig } from './gateway-key.config.js';
import type { GatewayConfig } from './gateway.config.js';
import type {
  GatewayKeySettings,
  GatewaySettings,
  ProxySettings,
  ServerSettings,
  TlsSettings,
} from './gateway-settings.js';
import type { ServerConfig } from './server.config.js';
import { parseSize } from './size.js';
import { toMilliseconds } from './to-milliseconds.js';
import { toProviderSettings } from './to-provider-settings.js';
import { toRoutingSettings } from './to-routing-settings.js';
import type { Variables } from './variables.js';

/** What comes from elsewhere than the file. */
export interface Surroundings {
  /** Of `GATEWAY_API_KEYS`. */
  readonly keys: readonly GatewayKeySettings[];
  readonly proxies: ProxySettings | undefined;
  /** By the position of the provider. */
  readonly tls: readonly (TlsSettings | undefined)[];
}

/** Turns a checked file into the snapshot that the rest of Sluice reads: units converted, defaults filled in, frozen. */
export function toGatewaySettings(
  config: GatewayConfig,
  document: ConfigDocument,
  variables: Variables,
  { keys: environmentKeys, proxies, tls }: Surroundings,
): GatewaySettings {
  const { server = {}, auth = {}, routing = {}, cache = {}, logging = {}, telemetry = {} } = config;
  const warnings: string[] = [];
  const providers = (config.providers ?? BUILT_IN_PROVIDERS).map((provider, index) =>
    toProviderSettings(provider, index, document, { variables, proxies, tls: tls[index] }),
  );
  const fileKeys = (auth.keys ?? []).map((key, index) => {
    if (key.key.trim() === '') {
      warnings.push(
        `${document.source}: auth.keys[${index}] ("${key.name}") can never be presented, as its variable is not set`,
      );
    }
    return toKey(key);
  });
  if (telemetry.trace_content === true && logging.request_log !== 'full') {
    warnings.push(
      `${document.source}: telemetry.trace_content puts nothing on traces without logging.request_log: full`,
    );
  }
  return deepFreeze<GatewaySettings>({
    source: document.source,
    server: toServerSettings(server),
    auth: {
      mode: auth.mode ?? DEFAULTS.auth.mode,
      publicOperations: auth.public_operations ?? DEFAULTS.auth.public_operations,
      keys: [...fileKeys, ...environmentKeys],
    },
    providers,
    routing: toRoutingSettings(routing, providers),
    cache: {
      mode: cache.mode ?? DEFAULTS.cache.mode,
      ttlMs: toMilliseconds(cache.ttl ?? DEFAULTS.cache.ttl),
      maxSizeBytes: toBytes(cache.max_size ?? DEFAULTS.cache.max_size),
    },
    logging: {
      requestLog: logging.request_log ?? DEFAULTS.logging.request_log,
      retentionMs: toMilliseconds(logging.retention ?? DEFAULTS.logging.retention),
    },
    telemetry: {
      traceContent: telemetry.trace_content ?? DEFAULTS.telemetry.trace_content,
      traceVendors: telemetry.trace_vendors ?? DEFAULTS.telemetry.trace_vendors,
    },
    warnings,
  });
}

function toServerSettings(server: ServerConfig): ServerSettings {
  const standard = DEFAULTS.server;
  return {
    bodyLimitBytes: toBytes(server.body_limit ?? standard.body_limit),
    shutdownGraceMs: toMilliseconds(server.shutdown_grace ?? standard.shutdown_grace),
    maxInFlight: server.max_in_flight ?? standard.max_in_flight,
    maxEventLoopLagMs: toMilliseconds(server.max_event_loop_lag ?? standard.max_event_loop_lag),
    maxConnections: server.max_connections ?? standard.max_connections,
    requestTimeoutMs: toMilliseconds(server.request_timeout ?? standard.request_timeout),
    stalledClientTimeoutMs: toMilliseconds(server.stalled_client_timeout ?? standard.stalled_client_timeout),
    keepAliveTimeoutMs: toMilliseconds(server.keep_alive_timeout ?? standard.keep_alive_timeout),
    corsOrigins: server.cors_origins ?? [],
  };
}

/**
 * A key whose variable is unset stays in the list with a secret that nobody knows. Without it, a gateway whose only
 * key lost its variable would count as one without keys, and serve every caller on loopback, a proxy there included.
 */
function toKey(key: GatewayKeyConfig): GatewayKeySettings {
  return {
    name: key.name,
    secret: key.key.trim() || randomBytes(32).toString('base64url'),
    models: key.models ?? DEFAULTS.key.models,
    requestsPerMinute: key.requests_per_minute,
    tokensPerMinute: key.tokens_per_minute,
    maxParallel: key.max_parallel,
    budgetUsd: key.budget_usd,
    budgetPeriod: key.budget_period ?? DEFAULTS.key.budget_period,
    sharedCache: key.shared_cache ?? DEFAULTS.key.shared_cache,
  };
}

function toBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new Error(`"${text}" was taken for a checked size`);
  }
  return bytes;
}

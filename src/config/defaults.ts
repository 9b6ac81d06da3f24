/** What holds when the file says nothing, as one would write it there. */
export const DEFAULTS = {
  server: {
    body_limit: '32mb',
    shutdown_grace: '120s',
    max_in_flight: 2000,
    max_event_loop_lag: '5s',
    max_connections: 10_000,
    request_timeout: '10m',
    stalled_client_timeout: '60s',
    keep_alive_timeout: '75s',
  },
  auth: { mode: 'required', public_operations: true },
  key: { models: ['*'], budget_period: 'month', shared_cache: false },
  provider: {
    timeout: '10m',
    first_token_timeout: '60s',
    idle_timeout: '60s',
    connect_timeout: '5s',
    max_connection_age: '5m',
    max_retries: 2,
    allow_link_local: false,
  },
  routing: {
    cooldown: '60s',
    failures_before_cooldown: 2,
    max_attempts: 6,
    max_wait: '0s',
    rate_limit_wait: '0s',
  },
  route: {
    strategy: 'priority',
    stream_commit: 'first-content',
    early_keep_alive: '15s',
    on_content_filter: 'stop',
  },
  target: { weight: 1, priority: 1 },
  cache: { mode: 'on-request', ttl: '10m', max_size: '256mb' },
  logging: { request_log: 'metadata', retention: '30d' },
  telemetry: { trace_content: false, trace_vendors: true },
} as const;

/** The route that is made when the file has none, and the default route when there is one of this name. */
export const AUTO_ROUTE = 'auto';

export const DEFAULT_CONFIG_PATH = 'config/gateway.yaml';

import type { JsonObject } from '../contract/json.js';

/**
 * The validated configuration: one immutable snapshot, durations in milliseconds, sizes in bytes, references resolved.
 * A reload makes a new one and swaps the reference; a request keeps the one that it began with.
 */
export interface GatewaySettings {
  /** Where it was read from, for messages: a path, or `built-in default`. */
  readonly source: string;
  readonly server: ServerSettings;
  readonly auth: AuthSettings;
  /** In priority order. Entries without a usable key are in here too. */
  readonly providers: readonly ProviderSettings[];
  readonly routing: RoutingSettings;
  readonly cache: CacheSettings;
  readonly logging: LoggingSettings;
  readonly telemetry: TelemetrySettings;
  /** Sentences about what is valid but hardly meant, for the log at start and after a reload. */
  readonly warnings?: readonly string[] | undefined;
}

export interface ServerSettings {
  readonly bodyLimitBytes: number;
  readonly shutdownGraceMs: number;
  readonly maxInFlight: number;
  /** 0: the event loop's lag refuses nobody. */
  readonly maxEventLoopLagMs: number;
  readonly maxConnections: number;
  /** For a whole request to come in, its body included. */
  readonly requestTimeoutMs: number;
  /** How long a caller may neither send what it began nor read its answer. */
  readonly stalledClientTimeoutMs: number;
  /** Between two requests of a connection. */
  readonly keepAliveTimeoutMs: number;
  readonly corsOrigins: readonly string[];
}

export interface AuthSettings {
  readonly mode: 'required' | 'open';
  readonly publicOperations: boolean;
  /** Those of the file and of `GATEWAY_API_KEYS`. */
  readonly keys: readonly GatewayKeySettings[];
}

export interface GatewayKeySettings {
  readonly name: string;
  readonly secret: string;
  /** Model, route or provider/model patterns with `*`. */
  readonly models: readonly string[];
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly maxParallel?: number | undefined;
  readonly budgetUsd?: number | undefined;
  readonly budgetPeriod: 'day' | 'week' | 'month' | 'total';
  /** Whether it shares kept answers with the other keys that say so. */
  readonly sharedCache: boolean;
}

/** US dollars per million tokens. */
export interface PriceSettings {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
}

/** What a provider has promised of the data that it gets; what is absent is not known. */
export interface DataSettings {
  /** `zero`, or a duration. */
  readonly retention?: string | undefined;
  readonly training?: string | undefined;
  readonly region?: string | undefined;
}

/** Members of a vendor's request body, laid over what is sent. */
export interface BodyOverlay {
  /** Always sent so; objects are merged. */
  readonly set: JsonObject;
  /** Sent where the request has none of the name; objects are merged. */
  readonly default: JsonObject;
  /** Never sent. */
  readonly remove: readonly string[];
}

/** How calls are made: what may differ from one model of a provider to the next. */
export interface CallSettings {
  readonly timeoutMs: number;
  readonly firstTokenTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly maxRetries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: BodyOverlay | undefined;
}

/** Over the settings of the provider, for models that fit the pattern. */
export interface ModelOptions {
  readonly pattern: string;
  readonly settings: Partial<CallSettings>;
}

export interface ProviderSettings extends CallSettings {
  readonly name: string;
  /** A vendor or preset name of the list in `vendor-names.ts`. */
  readonly vendor: string;
  /** Without a slash at its end. Absent: the vendor's own. */
  readonly baseUrl?: string | undefined;
  /** Non-empty keys, each once. */
  readonly apiKeys: readonly string[];
  /**
   * `apiKeys` was written in the file (even if every entry came out empty). When it was not, the vendor's variable
   * was looked up.
   */
  readonly apiKeysGiven: boolean;
  /** The environment variable that a missing key would be put in, for messages. */
  readonly apiKeyVariable: string;
  /** The default model. Absent: the vendor's own default. */
  readonly model?: string | undefined;
  /** Patterns of what it serves; empty: the default model alone. */
  readonly models: readonly string[];
  /** In the order of the file; a later one goes over an earlier one, a plain name over all patterns. */
  readonly modelOptions?: readonly ModelOptions[] | undefined;
  /** No call goes out on a connection that is older. */
  readonly maxConnectionAgeMs: number;
  /** The way through proxies; absent: every call is direct. */
  readonly proxy?: ProxySettings | undefined;
  readonly tls?: TlsSettings | undefined;
  readonly prices: Readonly<Record<string, PriceSettings>>;
  readonly data?: DataSettings | undefined;
  /** Whether link-local and metadata addresses may be called (`allow_link_local`). */
  readonly allowLinkLocal: boolean;
  /** How often a resting provider is probed with a free call; absent: never. */
  readonly probeIntervalMs?: number | undefined;
  /** Query parameter of Azure's deployment surface. */
  readonly apiVersion?: string | undefined;
}

/** Proxies by the scheme of what is called through them. */
export interface ProxySettings {
  /** A URL, its user and password in it. */
  readonly https?: string | undefined;
  readonly http?: string | undefined;
  /** What is called directly all the same, as in `NO_PROXY`. */
  readonly except: string;
}

/** The texts of PEM files. */
export interface TlsSettings {
  /** In the place of the certificates that Node trusts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export type RouteStrategy = 'priority' | 'weighted' | 'least-latency' | 'least-busy' | 'lowest-cost';

export interface RouteTargetSettings {
  readonly provider: string;
  /** Absent: the provider's default model. */
  readonly model?: string | undefined;
  readonly weight: number;
  /** 1 is tried first. */
  readonly priority: number;
}

export interface RouteSettings {
  readonly name: string;
  readonly strategy: RouteStrategy;
  readonly hedgeAfterMs?: number | undefined;
  readonly streamCommit: 'first-content' | 'buffered';
  /** When a stream begins without content; absent: never. */
  readonly earlyKeepAliveMs?: number | undefined;
  readonly onContentFilter: 'stop' | 'next';
  readonly targets: readonly RouteTargetSettings[];
}

export interface RoutingSettings {
  /** 0: a failed target never rests. */
  readonly cooldownMs: number;
  readonly maxCooldownMs: number;
  /** Ambiguous failures in a row after which a target rests that had answered within the last minute. */
  readonly failuresBeforeCooldown: number;
  readonly maxAttempts: number;
  readonly maxWaitMs: number;
  readonly rateLimitWaitMs: number;
  /** Name of a route in `routes`. */
  readonly defaultRoute: string;
  /** Not empty: without any in the file, a route `auto` over all providers. */
  readonly routes: readonly RouteSettings[];
}

export interface CacheSettings {
  readonly mode: 'off' | 'on-request' | 'always';
  readonly ttlMs: number;
  readonly maxSizeBytes: number;
}

export interface LoggingSettings {
  readonly requestLog: 'off' | 'metadata' | 'full';
  readonly retentionMs: number;
}

export interface TelemetrySettings {
  /** Prompts and answers go on the spans of traces. */
  readonly traceContent: boolean;
  /** Vendors get `traceparent`. */
  readonly traceVendors: boolean;
}

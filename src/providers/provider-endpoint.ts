import { createHash } from 'node:crypto';
import type {
  CallSettings,
  PriceSettings,
  ProviderSettings,
  ProxySettings,
} from '../config/gateway-settings.js';
import type { TargetTraits } from '../contract/wire-format.js';
import type { ConnectionSettings } from './http/connection-settings.js';
import { goesDirect } from './http/goes-direct.js';
import { ProxyAddress } from './http/proxy-address.js';
import { matchesPattern } from './matches-pattern.js';
import { callSettingsOf } from './model-options.js';
import type { ProviderAdapter } from './provider-adapter.js';

/** A vendor key with the headers that it goes out in. Neither is enumerable, so that no log or dump can show them. */
export class ProviderKey {
  /** Names the key in logs and states without telling it: the start of its SHA-256. */
  readonly hint: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(secret: string, headers: Readonly<Record<string, string>>) {
    this.hint = secret === '' ? 'none' : createHash('sha256').update(secret).digest('hex').slice(0, 8);
    this.#headers = headers;
  }

  /** All headers of a call with this key, lower-case names. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }
}

/** How calls for one model are made, prepared once. */
export interface ModelCall {
  readonly settings: CallSettings;
  /** Beside those of the key. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly connection: ConnectionSettings;
}

/** A configured provider with everything that the configuration decides, prepared once. */
export class ProviderEndpoint {
  readonly name: string;
  readonly vendor: string;
  readonly baseUrl: string;
  readonly defaultModel: string;
  readonly keys: readonly ProviderKey[];
  readonly connection: ConnectionSettings;
  readonly prices: Readonly<Record<string, PriceSettings>>;
  readonly priceId: string | undefined;
  private readonly patterns: readonly string[];
  private readonly traits = new Map<string, TargetTraits>();
  private readonly calls = new Map<string, ModelCall>();
  private readonly ownCall: ModelCall;

  constructor(
    readonly settings: ProviderSettings,
    readonly adapter: ProviderAdapter,
  ) {
    // The settings hold the keys in plain text: like these, no log or dump may show them.
    Object.defineProperty(this, 'settings', { enumerable: false });
    const defaults = adapter.defaultsOf(settings.vendor);
    this.name = settings.name;
    this.vendor = settings.vendor;
    this.baseUrl = settings.baseUrl ?? defaults.baseUrl ?? '';
    this.defaultModel = settings.model ?? settings.models.find(isPlainName) ?? defaults.model ?? '';
    this.patterns = settings.models.length > 0 ? settings.models : [this.defaultModel];
    const secrets = settings.apiKeys.length > 0 || defaults.keyRequired ? settings.apiKeys : [''];
    this.keys = secrets.map((secret) => new ProviderKey(secret, this.headersFor(secret)));
    this.connection = {
      connectTimeoutMs: settings.connectTimeoutMs,
      allowLinkLocal: settings.allowLinkLocal,
      maxAgeMs: settings.maxConnectionAgeMs,
      tls: settings.tls,
      proxy: proxyFor(this.baseUrl, settings.proxy),
    };
    // It holds the private key.
    Object.defineProperty(this, 'connection', { enumerable: false });
    this.ownCall = this.toCall(settings);
    Object.defineProperty(this, 'ownCall', { enumerable: false });
    Object.defineProperty(this, 'calls', { enumerable: false });
    this.prices = settings.prices;
    this.priceId = defaults.priceId;
  }

  /** Why no call can be made; `undefined` when calls can. */
  get unusable(): string | undefined {
    if (this.keys.length === 0) return `not configured: set ${this.settings.apiKeyVariable}`;
    return this.baseUrl === '' ? 'not configured: set base_url' : undefined;
  }

  /** Whether the provider lists the model, by name or pattern. */
  serves(model: string): boolean {
    return this.patterns.some((pattern) => matchesPattern(pattern, model));
  }

  /** The models that it lists by name. */
  get modelNames(): readonly string[] {
    const names = new Set(this.defaultModel === '' ? [] : [this.defaultModel]);
    for (const pattern of this.patterns) if (isPlainName(pattern)) names.add(pattern);
    return [...names];
  }

  /** How calls for a model are made. */
  callOf(model: string): ModelCall {
    const isPlain = (this.settings.modelOptions ?? []).length === 0;
    const known = isPlain ? this.ownCall : this.calls.get(model);
    if (known !== undefined) return known;
    const call = this.toCall(callSettingsOf(this.settings, model));
    if (this.calls.size < MOST_TRAITS) this.calls.set(model, call);
    return call;
  }

  private toCall(settings: CallSettings): ModelCall {
    const { connectTimeoutMs } = settings;
    const isOwn = settings === this.settings;
    return {
      settings,
      headers: isOwn ? undefined : toLowerCase(settings.headers),
      connection:
        connectTimeoutMs === this.connection.connectTimeoutMs
          ? this.connection
          : { ...this.connection, connectTimeoutMs },
    };
  }

  traitsOf(model: string): TargetTraits {
    let traits = this.traits.get(model);
    if (traits === undefined) {
      traits = this.adapter.traitsOf(this.vendor, model);
      if (this.traits.size < MOST_TRAITS) this.traits.set(model, traits);
    }
    return traits;
  }

  private headersFor(secret: string): Readonly<Record<string, string>> {
    return {
      'content-type': 'application/json',
      'user-agent': 'sluice',
      ...(secret === '' ? {} : this.adapter.authHeaders(secret)),
      ...toLowerCase(this.settings.headers),
    };
  }
}

/** With the pattern `*` callers choose the names, so that what is remembered of them is bounded. */
const MOST_TRAITS = 1000;

function proxyFor(baseUrl: string, proxies: ProxySettings | undefined): ProxyAddress | undefined {
  if (proxies === undefined || baseUrl === '') return undefined;
  const proxy = baseUrl.toLowerCase().startsWith('https:') ? proxies.https : proxies.http;
  return proxy === undefined || goesDirect(baseUrl, proxies.except) ? undefined : new ProxyAddress(proxy);
}

function isPlainName(pattern: string): boolean {
  return !pattern.includes('*');
}

function toLowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    value,
  ]);
  return Object.fromEntries(entries);
}

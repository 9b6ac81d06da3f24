import { apiKeyVariable } from './api-key-variable.js';
import type { ConfigDocument } from './config-document.js';
import type { DataConfig } from './data.config.js';
import { DEFAULTS } from './defaults.js';
import type {
  DataSettings,
  PriceSettings,
  ProviderSettings,
  ProxySettings,
  TlsSettings,
} from './gateway-settings.js';
import { NO_PROXY } from './key.decorators.js';
import type { PriceConfig } from './price.config.js';
import type { ProviderConfig } from './provider.config.js';
import { readProxyUrl } from './proxy-url.js';
import { DEFAULT_CALL_SETTINGS, toCallSettings, toModelOptions } from './to-call-settings.js';
import { toMilliseconds } from './to-milliseconds.js';
import { splitList, type Variables } from './variables.js';

/** What a provider is called with beside what its own section says. */
export interface ProviderSurroundings {
  readonly variables: Variables;
  /** Of the environment. */
  readonly proxies: ProxySettings | undefined;
  /** Of the files that its `tls` names. */
  readonly tls: TlsSettings | undefined;
}

/** @param index its position in the file, to find the variable that its keys come from */
export function toProviderSettings(
  provider: ProviderConfig,
  index: number,
  document: ConfigDocument,
  { variables, proxies, tls }: ProviderSurroundings,
): ProviderSettings {
  const { name, vendor } = provider;
  const written = (provider.api_keys ?? []).flatMap(
    (_, position) => document.interpolationAt(['providers', index, 'api_keys', position])?.names ?? [],
  );
  const vendorVariable = apiKeyVariable(vendor, name);
  const keyText = provider.api_keys?.join(',') ?? variables[vendorVariable] ?? '';
  return {
    name,
    vendor,
    baseUrl: provider.base_url?.replace(/\/+$/, ''),
    apiKeys: splitList(keyText),
    apiKeysGiven: provider.api_keys !== undefined,
    apiKeyVariable: written[0] ?? vendorVariable,
    model: provider.model,
    models: provider.models ?? [],
    ...DEFAULT_CALL_SETTINGS,
    ...toCallSettings(provider),
    modelOptions: toModelOptions(provider.model_options),
    maxConnectionAgeMs: toMilliseconds(provider.max_connection_age ?? DEFAULTS.provider.max_connection_age),
    proxy: provider.proxy === undefined ? proxies : toProxy(provider.proxy),
    tls,
    prices: Object.fromEntries([...(provider.prices ?? [])].map(([model, price]) => [model, toPrice(price)])),
    data: provider.data && toData(provider.data),
    allowLinkLocal: provider.allow_link_local ?? DEFAULTS.provider.allow_link_local,
    probeIntervalMs:
      provider.probe_interval === undefined ? undefined : toMilliseconds(provider.probe_interval),
    apiVersion: provider.api_version,
  };
}

function toData({ retention, training, region }: DataConfig): DataSettings {
  return { retention, training, region };
}

/** A proxy of its own is for everything that the provider is asked. */
function toProxy(text: string): ProxySettings | undefined {
  const url = text === NO_PROXY ? undefined : readProxyUrl(text);
  return url === undefined ? undefined : { https: url, http: url, except: '' };
}

function toPrice(price: PriceConfig): PriceSettings {
  return {
    input: price.input,
    output: price.output,
    cacheRead: price.cache_read,
    cacheWrite: price.cache_write,
  };
}

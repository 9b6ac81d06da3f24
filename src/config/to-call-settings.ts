import type { JsonObject } from '../contract/json.js';
import type { BodyConfig } from './body.config.js';
import { DEFAULTS } from './defaults.js';
import type { BodyOverlay, CallSettings, ModelOptions } from './gateway-settings.js';
import type { ModelOptionsConfig } from './model-options.config.js';
import { toMilliseconds } from './to-milliseconds.js';

export const DEFAULT_CALL_SETTINGS: CallSettings = {
  timeoutMs: toMilliseconds(DEFAULTS.provider.timeout),
  firstTokenTimeoutMs: toMilliseconds(DEFAULTS.provider.first_token_timeout),
  idleTimeoutMs: toMilliseconds(DEFAULTS.provider.idle_timeout),
  connectTimeoutMs: toMilliseconds(DEFAULTS.provider.connect_timeout),
  maxRetries: DEFAULTS.provider.max_retries,
  headers: {},
};

/** What is written there, and nothing else. */
export function toCallSettings(written: ModelOptionsConfig): Partial<CallSettings> {
  const { timeout, first_token_timeout, idle_timeout, connect_timeout, max_retries, headers, body } = written;
  return {
    ...(timeout === undefined ? {} : { timeoutMs: toMilliseconds(timeout) }),
    ...(first_token_timeout === undefined
      ? {}
      : { firstTokenTimeoutMs: toMilliseconds(first_token_timeout) }),
    ...(idle_timeout === undefined ? {} : { idleTimeoutMs: toMilliseconds(idle_timeout) }),
    ...(connect_timeout === undefined ? {} : { connectTimeoutMs: toMilliseconds(connect_timeout) }),
    ...(max_retries === undefined ? {} : { maxRetries: max_retries }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    ...(body === undefined ? {} : { body: toOverlay(body) }),
  };
}

function toOverlay(body: BodyConfig): BodyOverlay {
  return {
    set: { ...body.set } as JsonObject,
    default: { ...body.default } as JsonObject,
    remove: [...(body.remove ?? [])],
  };
}

export function toModelOptions(
  written: ReadonlyMap<string, ModelOptionsConfig> | undefined,
): readonly ModelOptions[] {
  const options = [...(written ?? [])].map(([pattern, keys]) => ({
    pattern,
    settings: toCallSettings(keys),
  }));
  const isName = ({ pattern }: ModelOptions): boolean => !pattern.includes('*');
  return [...options.filter((one) => !isName(one)), ...options.filter(isName)];
}

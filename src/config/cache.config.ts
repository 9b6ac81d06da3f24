import { DEFAULTS } from './defaults.js';
import { ChoiceKey, DurationKey, SizeKey } from './key.decorators.js';

export const CACHE_MODES = ['off', 'on-request', 'always'] as const;

export class CacheConfig {
  @ChoiceKey('Whose answers are kept.', CACHE_MODES, { default: DEFAULTS.cache.mode })
  mode?: (typeof CACHE_MODES)[number];

  @DurationKey('How long an answer is kept.', { default: DEFAULTS.cache.ttl })
  ttl?: string;

  @SizeKey('Memory for all answers together.', { default: DEFAULTS.cache.max_size })
  max_size?: string;
}

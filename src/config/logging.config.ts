import { DEFAULTS } from './defaults.js';
import { ChoiceKey, DurationKey } from './key.decorators.js';

export const REQUEST_LOG_MODES = ['off', 'metadata', 'full'] as const;

const TEN_YEARS_MS = 3_650 * 86_400_000;

export class LoggingConfig {
  @ChoiceKey('What is kept of each request; full keeps prompts and answers too.', REQUEST_LOG_MODES, {
    default: DEFAULTS.logging.request_log,
  })
  request_log?: (typeof REQUEST_LOG_MODES)[number];

  @DurationKey('How long it is kept.', { default: DEFAULTS.logging.retention, longest: TEN_YEARS_MS })
  retention?: string;
}

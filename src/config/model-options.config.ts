import { BodyConfig } from './body.config.js';
import { DurationKey, SectionKey, TextByNameKey, WholeNumberKey } from './key.decorators.js';

/** Absent keys are those of the provider. */
export class ModelOptionsConfig {
  @DurationKey('As of the provider.')
  timeout?: string;

  @DurationKey('As of the provider.')
  first_token_timeout?: string;

  @DurationKey('As of the provider.')
  idle_timeout?: string;

  @DurationKey('As of the provider.')
  connect_timeout?: string;

  @WholeNumberKey('As of the provider.', { min: 0 })
  max_retries?: number;

  @TextByNameKey('Beside those of the provider, over those of the same name.')
  headers?: Record<string, string>;

  @SectionKey('Laid over that of the provider.', BodyConfig)
  body?: BodyConfig;
}

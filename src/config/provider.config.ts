import { BodyConfig } from './body.config.js';
import { DataConfig } from './data.config.js';
import { DEFAULTS } from './defaults.js';
import {
  ChoiceKey,
  DurationKey,
  FlagKey,
  HttpUrlKey,
  ProxyKey,
  SectionKey,
  SectionsByNameKey,
  TextByNameKey,
  TextKey,
  TextListKey,
  WholeNumberKey,
} from './key.decorators.js';
import { ModelOptionsConfig } from './model-options.config.js';
import { PriceConfig } from './price.config.js';
import { TlsConfig } from './tls.config.js';
import { VENDOR_NAMES } from './vendor-names.js';

export class ProviderConfig {
  @TextKey('A name of its own: what routes, callers and reports say.', {
    required: true,
    pattern: /^[a-z0-9][a-z0-9._-]*$/,
    expected: 'a name of lower-case letters, digits, ".", "_" and "-" that begins with a letter or digit',
  })
  name!: string;

  @ChoiceKey('The kind of API that it speaks.', VENDOR_NAMES, { required: true })
  vendor!: string;

  @HttpUrlKey('Where its API is. Absent: the own address of the vendor.')
  base_url?: string;

  @TextListKey(
    'Its keys; several are balanced, also several in one entry with commas between. ' +
      'Absent: the variable of the vendor, such as OPENAI_API_KEY.',
    { emptyAllowed: true },
  )
  api_keys?: string[];

  @TextKey('The model that is used when a caller names none.')
  model?: string;

  @TextListKey('What it serves; patterns allowed, "*" is whatever is asked. Absent: its default model.')
  models?: string[];

  @DurationKey(
    'For the whole answer when not streaming; when streaming, for the first content while the vendor shows signs of life.',
    { default: DEFAULTS.provider.timeout },
  )
  timeout?: string;

  @DurationKey(
    'For anything at all of a stream, unless the request asks for reasoning or the model reasons by itself: then `timeout` counts.',
    { default: DEFAULTS.provider.first_token_timeout },
  )
  first_token_timeout?: string;

  @DurationKey('For the next content of a stream that has begun.', {
    default: DEFAULTS.provider.idle_timeout,
  })
  idle_timeout?: string;

  @DurationKey('Until the connection stands.', { default: DEFAULTS.provider.connect_timeout })
  connect_timeout?: string;

  @DurationKey('The age at which a connection is replaced, so that a moved address is found.', {
    default: DEFAULTS.provider.max_connection_age,
  })
  max_connection_age?: string;

  @ProxyKey(
    'The proxy that it is called through: http(s)://host:port, with user:password@ where it wants them, or "none" to go around that of the environment.',
  )
  proxy?: string;

  @SectionKey('Certificates of the connection.', TlsConfig)
  tls?: TlsConfig;

  @WholeNumberKey('Retries on this provider before moving on.', {
    default: DEFAULTS.provider.max_retries,
    min: 0,
  })
  max_retries?: number;

  @TextByNameKey('Extra headers of every call.', { default: {} })
  headers?: Record<string, string>;

  @SectionKey('Members of the request body of the vendor, laid over what is sent.', BodyConfig)
  body?: BodyConfig;

  @SectionsByNameKey(
    'The same keys for one model or pattern, over those of the provider.',
    ModelOptionsConfig,
  )
  model_options?: Map<string, ModelOptionsConfig>;

  @SectionsByNameKey('Prices by model, only to override the price library.', PriceConfig)
  prices?: Map<string, PriceConfig>;

  @SectionKey('What it does with what it gets, for callers who filter by it.', DataConfig)
  data?: DataConfig;

  @FlagKey('Whether link-local addresses, such as those of cloud metadata services, may be called.', {
    default: DEFAULTS.provider.allow_link_local,
  })
  allow_link_local?: boolean;

  @DurationKey(
    'How often a resting provider is asked for its list of models, which costs nothing, so that it is back as soon as it answers. Absent: never.',
  )
  probe_interval?: string;

  @TextKey('The api-version of APIs that want one in the query.')
  api_version?: string;
}

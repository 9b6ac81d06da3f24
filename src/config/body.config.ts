import { JsonByNameKey, TextListKey } from './key.decorators.js';

export class BodyConfig {
  @JsonByNameKey('Members that are always sent so. Mappings are merged, anything else is replaced.', {
    default: {},
  })
  set?: Record<string, unknown>;

  @JsonByNameKey('Members that are sent where the request has none of the name.', { default: {} })
  default?: Record<string, unknown>;

  @TextListKey('Members that are never sent.', { default: [] })
  remove?: string[];
}

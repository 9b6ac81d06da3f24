import { NumberKey } from './key.decorators.js';

/** US dollars per million tokens. */
export class PriceConfig {
  @NumberKey('US dollars per million prompt tokens.', { required: true })
  input!: number;

  @NumberKey('US dollars per million answer tokens.', { required: true })
  output!: number;

  @NumberKey('US dollars per million prompt tokens read from the cache of the vendor.')
  cache_read?: number;

  @NumberKey('US dollars per million prompt tokens written to the cache of the vendor.')
  cache_write?: number;
}

/** What a request wants of the cache. */
export type CacheDirectives =
  /** Neither read nor kept. */
  | { readonly use: false }
  | {
      readonly use: true;
      /** Whether a kept answer, or one that is on its way to somebody else, will do. */
      readonly reads: boolean;
      /** The oldest answer that will do, in milliseconds. */
      readonly maxAgeMs: number;
      /** How long the answer is kept, in milliseconds. */
      readonly ttlMs: number;
      /** Whose answers: those of the caller's key, or those that keys share. */
      readonly scope: 'key' | 'shared';
    };

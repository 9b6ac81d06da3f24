/**
 * Tokens of one call. A member that the vendor did not report is absent; a reported zero is zero.
 *
 * `inputTokens` and `outputTokens` are totals; every other count of tokens is a part of one of them. Vendors that report
 * parts beside the total (Anthropic) are added up when decoded and taken apart when encoded.
 */
export interface Usage {
  /** All prompt tokens: uncached, read from the vendor's cache and written to it. */
  readonly inputTokens?: number | undefined;
  /** All generated tokens, reasoning included. */
  readonly outputTokens?: number | undefined;
  /** Part of `inputTokens` that the vendor read from its prompt cache. */
  readonly cacheReadTokens?: number | undefined;
  /** Part of `inputTokens` that the vendor wrote to its prompt cache, whatever the lifetime. */
  readonly cacheWriteTokens?: number | undefined;
  /** Part of `cacheWriteTokens` kept for five minutes. */
  readonly cacheWrite5mTokens?: number | undefined;
  /** Part of `cacheWriteTokens` kept for an hour. */
  readonly cacheWrite1hTokens?: number | undefined;
  /** Part of `outputTokens` spent on reasoning. */
  readonly reasoningTokens?: number | undefined;
  readonly inputAudioTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
  /** Part of both `cacheReadTokens` and `inputAudioTokens`. */
  readonly cacheReadAudioTokens?: number | undefined;
  /** Part of `outputTokens` that are pictures. */
  readonly outputImageTokens?: number | undefined;
  /** Searches of the web that the vendor made and bills beside the tokens. */
  readonly webSearches?: number | undefined;
}

import type { JsonObject } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';

/** Writes a usage report; `null` where neither total is known. The details are always numbers, as the SDKs declare. */
export function encodeUsage(usage: Usage | undefined): JsonObject | null {
  if (usage === undefined || (usage.inputTokens === undefined && usage.outputTokens === undefined))
    return null;
  const input = usage.inputTokens ?? 0;
  const output = usage.outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}

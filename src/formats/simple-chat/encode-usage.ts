import type { Usage } from '../../contract/usage.js';
import type { AnswerContext } from '../../contract/wire-format.js';

/** Tokens are null where the vendor did not report them; `cost_usd` is null where no price is known. */
export interface SimpleUsage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
}

export function encodeUsage(usage: Usage | undefined, context: AnswerContext): SimpleUsage {
  return {
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    cost_usd: context.priceOf(usage),
  };
}

import type { ChatRequest } from '../contract/chat-request.js';
import type { UsageSource } from '../contract/request-record.js';
import type { Usage } from '../contract/usage.js';
import type { AnswerMeter } from '../contract/answer-meter.js';
import type { TokenEstimator } from '../usage/token-estimator.js';

/** The tokens of one call, and where they come from. */
export interface CountedUsage {
  readonly usage: Usage | undefined;
  readonly source: UsageSource;
}

export const NOTHING_USED: CountedUsage = { usage: undefined, source: 'none' };

/**
 * What a call used. What the vendor reported holds as it is. What it did not report is estimated from what was asked
 * and from the content that came: the whole of it where the vendor sent no report, and of an answer that was cut, the
 * part after its last report. A call of which nothing came counts as nothing.
 * @returns a promise only where a tokenizer is needed
 */
export function countUsage(
  meter: AnswerMeter,
  asked: ChatRequest,
  estimator: TokenEstimator,
): CountedUsage | Promise<CountedUsage> {
  const { usage, unreported, finish } = meter;
  if (usage === undefined && unreported === '' && finish === undefined) return NOTHING_USED;
  const isOutputWhole = usage?.outputTokens !== undefined && (finish !== undefined || unreported === '');
  if (usage?.inputTokens !== undefined && isOutputWhole) return { usage, source: 'vendor' };
  return estimate(usage, unreported, isOutputWhole, asked, estimator);
}

async function estimate(
  usage: Usage | undefined,
  unreported: string,
  isOutputWhole: boolean,
  asked: ChatRequest,
  estimator: TokenEstimator,
): Promise<CountedUsage> {
  const inputTokens = usage?.inputTokens ?? (await estimator.estimate(asked));
  const reported = usage?.outputTokens ?? 0;
  const outputTokens = isOutputWhole ? reported : reported + (await estimator.estimateText(unreported));
  return { usage: { ...usage, inputTokens, outputTokens }, source: 'estimated' };
}

/** What a gateway key may use; absent: no limit of that kind. */
export interface KeyLimits {
  readonly requestsPerMinute?: number | undefined;
  /** Tokens of prompts and answers together. */
  readonly tokensPerMinute?: number | undefined;
  /** Requests at a time. */
  readonly maxParallel?: number | undefined;
  /** Nano-dollars, a whole number. */
  readonly budgetNano?: number | undefined;
  readonly budgetPeriod: 'day' | 'week' | 'month' | 'total';
}

const NANO_PER_USD = 1e9;

export function toNano(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

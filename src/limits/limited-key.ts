export type BudgetPeriod = 'day' | 'week' | 'month' | 'total';

/** What a gateway key may use. An absent limit is none; a limit of 0 lets nothing through. */
export interface KeyLimits {
  readonly requestsPerMinute?: number | undefined;
  /** Tokens of prompts and answers together. */
  readonly tokensPerMinute?: number | undefined;
  /** Requests at a time. */
  readonly maxParallel?: number | undefined;
  /** Nano-dollars, a whole number. */
  readonly budgetNano?: number | undefined;
  readonly budgetPeriod: BudgetPeriod;
}

/** A gateway key, as far as limits go. */
export interface LimitedKey {
  /** What its counts go by. They outlive a change of its limits. */
  readonly id: string;
  /** For messages. */
  readonly name: string;
  readonly limits: KeyLimits;
}

/** What a request used, or may use. */
export interface Spend {
  readonly tokens: number;
  /** Nano-dollars, a whole number; 0 where no price is known. */
  readonly costNano: number;
}

/** The estimate for a request before it is made. */
export interface Demand extends Spend {
  /**
   * Unix milliseconds at which the request came in: its cost belongs to the budget's period of that moment. The same as
   * in its record, or a request at midnight would be reserved in one period and written down in the other. Absent: now.
   */
  readonly at?: number | undefined;
}

export function hasLimits(limits: KeyLimits): boolean {
  return (
    limits.requestsPerMinute !== undefined ||
    limits.tokensPerMinute !== undefined ||
    limits.maxParallel !== undefined ||
    limits.budgetNano !== undefined
  );
}

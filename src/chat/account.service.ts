import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/gateway-keys.js';
import { Clock } from '../common/clock.js';
import { toDollars } from '../contract/to-dollars.js';
import { periodAround } from '../limits/budget-period.js';
import { SpendLedger } from '../limits/spend-ledger.js';

/** What a key may use and has used. Times are ISO 8601, money is US dollars, `null` is no limit. */
export interface KeyAccount {
  readonly label: string | null;
  readonly models: readonly string[];
  /** Spent in the period of the budget. */
  readonly usage: number;
  readonly limit: number | null;
  readonly limit_remaining: number | null;
  /** When the budget's period begins anew. */
  readonly limit_reset: string | null;
  readonly budget_period: string;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly max_parallel: number | null;
  readonly rate_limit: { readonly requests: number; readonly interval: string } | null;
}

/** Reads a key's account from the books that its limits go by. */
@Injectable()
export class AccountService {
  constructor(
    private readonly spending: SpendLedger,
    private readonly clock: Clock,
  ) {}

  async of({ keyId, keyName, models, limits }: Caller): Promise<KeyAccount> {
    const period = periodAround(limits.budgetPeriod, this.clock.now());
    if (keyId !== undefined) await this.spending.prepare(keyId, period.startsAt);
    const spent = keyId === undefined ? 0 : this.spending.spent(keyId, period.startsAt);
    const { budgetNano = null, requestsPerMinute = null } = limits;
    return {
      label: keyName ?? null,
      models,
      usage: toDollars(spent),
      limit: toDollars(budgetNano),
      limit_remaining: toDollars(budgetNano === null ? null : Math.max(0, budgetNano - spent)),
      limit_reset:
        budgetNano === null || period.endsAt === null ? null : new Date(period.endsAt).toISOString(),
      budget_period: limits.budgetPeriod,
      requests_per_minute: requestsPerMinute,
      tokens_per_minute: limits.tokensPerMinute ?? null,
      max_parallel: limits.maxParallel ?? null,
      rate_limit: requestsPerMinute === null ? null : { requests: requestsPerMinute, interval: '1m' },
    };
  }
}

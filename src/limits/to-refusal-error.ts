import { periodAround } from './budget-period.js';
import type { Denial, Refusal, Standing } from './find-refusal.js';
import { formatUsd } from './format-usd.js';
import { LimitRefusal } from './limit-refusal.js';
import type { BudgetPeriod, LimitedKey, Spend } from './limited-key.js';

const EACH: Record<BudgetPeriod, string> = {
  day: 'a day',
  week: 'a week',
  month: 'a month',
  total: 'in total',
};

/**
 * `rate_limit_exceeded` or `budget_exceeded`, in words that say what stands in the way and when it will not any more.
 *
 * @param now Unix milliseconds
 */
export function toRefusalError(
  key: LimitedKey,
  { refusal, standing }: Denial,
  demand: Spend,
  now: number,
): LimitRefusal {
  const code = refusal.limit === 'budget' ? 'budget_exceeded' : 'rate_limit_exceeded';
  const message = describe(key, refusal, standing, demand, now);
  return new LimitRefusal(code, message, refusal);
}

function describe(
  { name, limits }: LimitedKey,
  { limit, waitMs }: Refusal,
  standing: Standing,
  demand: Spend,
  now: number,
): string {
  const free = `free in ${Math.ceil((waitMs ?? 0) / 1000)} s`;
  switch (limit) {
    case 'requests':
      return `The key "${name}" has a limit of ${limits.requestsPerMinute ?? 0} requests per minute, and ${standing.requests} were made in the last 60 s. The next is ${free}.`;
    case 'tokens':
      return `The key "${name}" has a limit of ${limits.tokensPerMinute ?? 0} tokens per minute, and ${standing.tokens} were used or reserved in the last 60 s. The ${demand.tokens} that this request may use are ${free}.`;
    case 'parallel':
      return `The key "${name}" has a limit of ${limits.maxParallel ?? 0} requests at a time, and ${standing.running} are running. The next can begin when one of them ends.`;
    case 'budget':
      return describeBudget(name, limits.budgetNano ?? 0, limits.budgetPeriod, standing, demand, now);
  }
}

function describeBudget(
  name: string,
  budgetNano: number,
  budgetPeriod: BudgetPeriod,
  { spentNano, reservedNano }: Standing,
  demand: Spend,
  now: number,
): string {
  const { endsAt } = periodAround(budgetPeriod, now);
  const budget = `The key "${name}" has a budget of ${formatUsd(budgetNano)} ${EACH[budgetPeriod]}`;
  const used = `${formatUsd(spentNano)} are spent and ${formatUsd(reservedNano)} reserved by running requests`;
  const wanted = `this request may cost ${formatUsd(demand.costNano)}`;
  const again = endsAt === null ? 'It does not begin anew.' : `It begins anew at ${toIsoTime(endsAt)}.`;
  return `${budget}: ${used}, ${wanted}. ${again}`;
}

function toIsoTime(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

import type { BudgetPeriod } from './limited-key.js';

export const DAY_MS = 86_400_000;
/** 1970-01-01 was a Thursday: weeks begin four days later. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const WEEK_MS = 7 * DAY_MS;

/** Unix milliseconds; the end is the beginning of the next, `null` where there is none. */
export interface Period {
  readonly startsAt: number;
  readonly endsAt: number | null;
}

/** The latest month that was asked for: nearly always the next one too. */
let month: Period & { readonly endsAt: number } = { startsAt: 0, endsAt: 0 };

const EVER: Period = { startsAt: 0, endsAt: null };

/** The period, in UTC, that the moment lies in. Weeks begin on Monday. */
export function periodAround(period: BudgetPeriod, at: number): Period {
  switch (period) {
    case 'day':
      return around(at, DAY_MS, 0);
    case 'week':
      return around(at, WEEK_MS, FIRST_MONDAY_MS);
    case 'month':
      if (at < month.startsAt || at >= month.endsAt) month = monthAround(at);
      return month;
    case 'total':
      return EVER;
  }
}

function monthAround(at: number): typeof month {
  const date = new Date(at);
  const [year, index] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { startsAt: Date.UTC(year, index), endsAt: Date.UTC(year, index + 1) };
}

function around(at: number, length: number, first: number): Period {
  const startsAt = first + Math.floor((at - first) / length) * length;
  return { startsAt, endsAt: startsAt + length };
}

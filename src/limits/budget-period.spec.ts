import { describe, expect, test } from 'vitest';
import { periodAround } from './budget-period.js';
import type { BudgetPeriod } from './limited-key.js';

const at = (text: string): number => Date.parse(text);

describe('periodAround', () => {
  test.each<[BudgetPeriod, string, string, string]>([
    ['day', '2026-11-25T00:00:00.000Z', '2026-11-25', '2026-11-26'],
    ['day', '2026-11-25T23:59:59.999Z', '2026-11-25', '2026-11-26'],
    ['week', '2026-11-23T00:00:00.000Z', '2026-11-23', '2026-11-30'],
    ['week', '2026-11-29T23:59:59.999Z', '2026-11-23', '2026-11-30'],
    ['week', '2027-01-01T12:00:00.000Z', '2026-12-28', '2027-01-04'],
    ['month', '2026-11-01T00:00:00.000Z', '2026-11-01', '2026-12-01'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
    ['month', '2028-02-29T12:00:00.000Z', '2028-02-01', '2028-03-01'],
  ])('the %s of %s is from %s to %s', (period, moment, startsAt, endsAt) => {
    expect(periodAround(period, at(moment))).toEqual({ startsAt: at(startsAt), endsAt: at(endsAt) });
  });

  test('a total has no end', () => {
    expect(periodAround('total', at('2026-11-25'))).toEqual({ startsAt: 0, endsAt: null });
  });
});

import { expect, test } from 'vitest';
import { hasLimits } from './limited-key.js';
import { toKeyLimits } from './to-key-limits.js';

const KEY = { name: 'team-a', secret: 'secret', models: ['*'], budgetPeriod: 'week' } as const;

test('the settings of a key become its limits, dollars as whole nano-dollars', () => {
  const settings = { ...KEY, requestsPerMinute: 600, tokensPerMinute: 200_000, maxParallel: 50 };
  expect(toKeyLimits({ ...settings, budgetUsd: 0.1 + 0.2 })).toEqual({
    requestsPerMinute: 600,
    tokensPerMinute: 200_000,
    maxParallel: 50,
    budgetNano: 300_000_000,
    budgetPeriod: 'week',
  });
});

test('a key without limits has none, and one that may spend nothing has one', () => {
  expect(hasLimits(toKeyLimits(KEY))).toBe(false);
  expect(toKeyLimits({ ...KEY, budgetUsd: 0 }).budgetNano).toBe(0);
  expect(hasLimits(toKeyLimits({ ...KEY, budgetUsd: 0 }))).toBe(true);
});

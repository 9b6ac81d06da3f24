import { expect, test } from 'vitest';
import { backoffMs } from './backoff.js';

test.each([
  [0, 500],
  [1, 1000],
  [2, 2000],
  [3, 4000],
  [4, 8000],
  [5, 8000],
  [40, 8000],
])('retry %i waits %i ms, times 0.8 to 1.2', (retry, base) => {
  expect(backoffMs(retry, 0)).toBeCloseTo(base * 0.8);
  expect(backoffMs(retry, 0.5)).toBeCloseTo(base);
  expect(backoffMs(retry, 1)).toBeCloseTo(base * 1.2);
});

test('without a number given it is random', () => {
  const waits = new Set(Array.from({ length: 20 }, () => backoffMs(0)));
  expect(waits.size).toBeGreaterThan(1);
  for (const wait of waits) {
    expect(wait).toBeGreaterThanOrEqual(400);
    expect(wait).toBeLessThanOrEqual(600);
  }
});

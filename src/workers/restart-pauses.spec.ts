import { expect, test } from 'vitest';
import { RestartPauses } from './restart-pauses.js';

test('the first death is made up for at once, those that follow after ever longer pauses, up to half a minute', () => {
  const pauses = new RestartPauses();
  expect(Array.from({ length: 8 }, (_death, index) => pauses.next(index * 10_000))).toEqual([
    0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
});

test('after a minute without a death all is forgotten', () => {
  const pauses = new RestartPauses();
  pauses.next(0);
  pauses.next(0);
  expect(pauses.next(60_000)).toBe(0);
  expect(pauses.next(119_999)).toBe(1_000);
});

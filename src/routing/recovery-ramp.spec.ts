import { beforeEach, describe, expect, test } from 'vitest';
import { RecoveryRamp } from './recovery-ramp.js';

const NOW = Date.UTC(2026, 0, 1);

describe('RecoveryRamp', () => {
  let ramp: RecoveryRamp;

  beforeEach(() => {
    ramp = new RecoveryRamp();
    ramp.begin('one/small', NOW);
  });

  /** How many of the requests of a span, evenly spread over it, are let through. */
  function admitted(fromMs: number, untilMs: number, perSecond: number): number {
    let count = 0;
    const step = 1000 / perSecond;
    for (let at = fromMs; at < untilMs; at += step) if (ramp.admits('one/small', NOW + at)) count++;
    return count;
  }

  test('a tenth of heavy traffic comes back at first, then half, then all', () => {
    const first = admitted(0, 2000, 500);
    expect(first).toBeGreaterThanOrEqual(100);
    expect(first).toBeLessThanOrEqual(110);
    // What the first step held back is not let through in the second.
    expect(admitted(2000, 4000, 500)).toBe(500);
    expect(admitted(4000, 6000, 500)).toBe(1000);
  });

  test('light traffic comes back at once', () => {
    expect(admitted(0, 4000, 5)).toBe(20);
  });

  test('what was never named is not held back', () => {
    expect(Array.from({ length: 100 }, () => ramp.admits('two/small', NOW))).not.toContain(false);
  });

  test('it is idle again when the last has come back', () => {
    expect(ramp.isIdle).toBe(false);
    ramp.admits('one/small', NOW + 4000);
    expect(ramp.isIdle).toBe(true);
  });

  test('a second recovery begins from the start', () => {
    admitted(0, 4000, 100);
    ramp.begin('one/small', NOW + 10_000);
    expect(admitted(10_000, 11_000, 500)).toBeLessThan(60);
  });
});

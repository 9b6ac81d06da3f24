import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlidingWindow } from './sliding-window.js';

const MINUTE = 60_000;

describe('SlidingWindow', () => {
  test('counts for 60 seconds, whatever minute of the clock it is', () => {
    const window = new SlidingWindow();
    window.add(3, MINUTE - 1);
    expect(window.used(MINUTE)).toBe(3);
    expect(window.used(2 * MINUTE - 2)).toBe(3);
    expect(window.used(2 * MINUTE - 1)).toBe(0);
  });

  test('what came in one second leaves with the latest of it', () => {
    const window = new SlidingWindow();
    window.add(1, 1_000);
    window.add(1, 1_900);
    window.add(1, 2_000);
    expect(window.used(61_899)).toBe(3);
    expect(window.used(61_900)).toBe(1);
    expect(window.used(62_000)).toBe(0);
  });

  test('is as good as new after a long silence', () => {
    const window = new SlidingWindow();
    window.add(5, 0);
    expect(window.used(1e9)).toBe(0);
    window.add(2, 1e9);
    expect(window.used(1e9 + MINUTE - 1)).toBe(2);
  });

  test('says when so much of it is free again, and when all', () => {
    const window = new SlidingWindow();
    expect(window.freesUpIn(0, 0)).toBe(0);
    expect(window.emptyIn(0)).toBe(0);
    window.add(2, 500);
    window.add(4, 10_000);
    expect(window.freesUpIn(2, 20_000)).toBe(40_500);
    expect(window.freesUpIn(3, 20_000)).toBe(50_000);
    expect(window.emptyIn(20_000)).toBe(50_000);
  });

  test('gives back what was added, as long as it counts', () => {
    const window = new SlidingWindow();
    window.add(10, 1_500);
    window.add(1, 30_000);
    window.takeBack(7, 1_500, 31_000);
    expect(window.used(31_000)).toBe(4);
    expect(window.freesUpIn(3, 31_000)).toBe(30_500);
    window.takeBack(3, 1_500, 70_000);
    expect(window.used(70_000)).toBe(1);
    window.takeBack(1, 90_000, 90_000);
    expect(window.used(90_000)).toBe(0);
  });

  test('never forgets what is younger than 60 seconds, and everything within a second after', () => {
    const steps = fc.array(fc.record({ pause: fc.nat(20_000), amount: fc.integer({ min: 1, max: 9 }) }));
    fc.assert(
      fc.property(steps, (sequence) => {
        const window = new SlidingWindow();
        const added: { at: number; amount: number }[] = [];
        let now = 0;
        for (const { pause, amount } of sequence) {
          now += pause;
          const youngerThan = (age: number): number =>
            added.reduce((sum, entry) => sum + (entry.at > now - age ? entry.amount : 0), 0);
          expect(window.used(now)).toBeGreaterThanOrEqual(youngerThan(MINUTE));
          expect(window.used(now)).toBeLessThanOrEqual(youngerThan(MINUTE + 1_000));
          window.add(amount, now);
          added.push({ at: now, amount });
        }
        expect(window.used(now + window.emptyIn(now))).toBe(0);
      }),
    );
  });
});

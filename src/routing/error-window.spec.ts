import { beforeEach, describe, expect, test } from 'vitest';
import { ErrorWindow } from './error-window.js';

const NOW = Date.UTC(2026, 0, 1);
const TARGET = 'one/small';

describe('ErrorWindow', () => {
  let window: ErrorWindow;
  let now: number;

  beforeEach(() => {
    window = new ErrorWindow();
    now = NOW;
  });

  /** `x` fails, `.` succeeds; calls are so many milliseconds apart. Positions (from 1) at which it trips. */
  function run(calls: string, apartMs: number): number[] {
    return calls.split('').flatMap((call, index) => {
      now += apartMs;
      return window.note(TARGET, call === 'x', now) ? [index + 1] : [];
    });
  }

  test('fewer than twenty calls in ten seconds are too few to judge', () => {
    expect(run('x'.repeat(100), 600)).toEqual([]);
    window.forget(TARGET);
    expect(run('x'.repeat(19), 10)).toEqual([]);
  });

  describe('at a hundred calls a second', () => {
    test('a run of failures among many successes is borne', () => {
      expect(run(`${'.'.repeat(100)}${'x'.repeat(99)}`, 10)).toEqual([]);
    });

    test('half of the calls failing is not', () => {
      expect(run(`${'.'.repeat(20)}${'x'.repeat(20)}`, 10)).toEqual([40]);
    });

    test('only the last seconds count', () => {
      expect(run('.'.repeat(1000), 10)).toEqual([]);
      now += 10_000;
      const [first = Infinity] = run('x'.repeat(40), 10);
      expect(first).toBeLessThanOrEqual(20);
    });

    test('the half before the running one still counts', () => {
      run('.'.repeat(40), 10);
      now += 5000;
      expect(run('x'.repeat(39), 1)).toEqual([]);
      expect(run('x', 1)).toEqual([1]);
    });
  });

  test('targets are judged apart, and one that recovered starts anew', () => {
    run('x'.repeat(19), 10);
    expect(window.note('two/small', true, now)).toBe(false);
    expect(run('x', 10)).toEqual([1]);
    window.forget(TARGET);
    expect(run('x'.repeat(19), 10)).toEqual([]);
  });
});

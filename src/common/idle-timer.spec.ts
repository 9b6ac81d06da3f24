import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { IdleTimer } from './idle-timer.js';

describe('IdleTimer', () => {
  let clock: ManualClock;
  let ends: number[];
  let timer: IdleTimer;

  beforeEach(() => {
    clock = new ManualClock(0);
    ends = [];
    timer = new IdleTimer(clock, 100, () => {
      ends.push(clock.now());
    });
  });

  test('runs out after each idle time', () => {
    clock.advance(99);
    expect(ends).toEqual([]);
    clock.advance(201);
    expect(ends).toEqual([100, 200, 300]);
  });

  test('counts from the last touch', () => {
    for (const moment of [60, 61, 150]) {
      clock.advance(moment - clock.now());
      timer.touch();
    }
    clock.advance(99);
    expect(ends).toEqual([]);
    clock.advance(1);
    expect(ends).toEqual([250]);
  });

  test('a touch at its end gives it the whole time again', () => {
    clock.advance(100);
    timer.touch();
    clock.advance(100);
    expect(ends).toEqual([100, 200]);
  });

  test('never runs out once cancelled', () => {
    timer.touch();
    clock.advance(50);
    timer.cancel();
    clock.advance(1_000);
    expect(ends).toEqual([]);
  });
});

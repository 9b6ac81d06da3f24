import { beforeEach, describe, expect, it } from 'vitest';
import { OverloadGauge } from './overload-gauge.js';

const LIMIT = 500;
/** Requests that the process takes. */
const MOST = 2_000;
/** What may be waited in an overload. */
const SHORT = 25;
/** Time between two requests. */
const STEP = 10;

describe('the gauge of the overload', () => {
  let gauge: OverloadGauge;
  let now: number;
  let changes: boolean[];

  /**
   * Requests that come for so long under this pressure, with `more` in flight at each than at the one before; how many
   * were refused, and how many came.
   */
  const readFor = (
    milliseconds: number,
    pressureMs: number,
    { limitMs = LIMIT, inFlight = 0, more = 0 } = {},
  ): { refused: number; all: number } => {
    let refused = 0;
    const all = milliseconds / STEP;
    for (let index = 0; index < all; index++) {
      const reading = { pressureMs, limitMs, inFlight: inFlight + index * more, maxInFlight: MOST, now };
      if (gauge.read(reading) !== undefined) refused++;
      now += STEP;
    }
    return { refused, all };
  };

  beforeEach(() => {
    changes = [];
    gauge = new OverloadGauge((isOverloaded) => changes.push(isOverloaded));
    now = 1_000;
  });

  it('refuses nobody below the limit', () => {
    expect(readFor(60_000, LIMIT).refused).toBe(0);
  });

  it('takes two seconds above the limit for a burst', () => {
    expect(readFor(2_000, 5_000).refused).toBe(0);
  });

  it('refuses who comes after that', () => {
    readFor(2_000, 5_000);
    expect(readFor(1_000, 5_000)).toEqual({ refused: 100, all: 100 });
  });

  it('a break begins the two seconds anew', () => {
    readFor(1_900, 5_000);
    readFor(STEP, 0);
    expect(readFor(1_900, 5_000).refused).toBe(0);
  });

  it('so does half a second of which nobody knows anything', () => {
    readFor(1_900, 5_000);
    now += 600;
    expect(readFor(1_900, 5_000).refused).toBe(0);
  });

  it('a process that is full of what waits is overloaded at once', () => {
    readFor(STEP, SHORT + 1, { inFlight: MOST });
    expect(readFor(100, SHORT + 1)).toEqual({ refused: 10, all: 10 });
  });

  it('one that is full of what runs is not', () => {
    readFor(5_000, SHORT, { inFlight: MOST });
    expect(readFor(1_000, LIMIT).refused).toBe(0);
  });

  it('one that is half full of what waits is overloaded when that has grown for three tenths of a second', () => {
    expect(readFor(300, SHORT + 1, { inFlight: MOST / 2, more: 1 }).refused).toBe(0);
    expect(readFor(100, SHORT + 1, { inFlight: MOST / 2 + 30, more: 1 })).toEqual({ refused: 10, all: 10 });
  });

  it('a thousand who come at once are a burst, also when they are there for long', () => {
    expect(readFor(200, SHORT + 1, { more: MOST / 40 }).refused).toBe(0);
    expect(readFor(5_000, LIMIT, { inFlight: MOST / 2 }).refused).toBe(0);
  });

  it('growth below half of what the process takes is none of its concern', () => {
    expect(readFor(5_000, LIMIT, { more: 1 }).refused).toBe(0);
  });

  it('a break begins the time of growth anew', () => {
    readFor(250, SHORT + 1, { inFlight: MOST / 2, more: 1 });
    expect(readFor(300, SHORT + 1, { inFlight: MOST / 2, more: 1 }).refused).toBe(0);
  });

  it('so does half a second of which nobody knows whether it grew', () => {
    readFor(250, SHORT + 1, { inFlight: MOST / 2, more: 1 });
    now += 600;
    expect(readFor(300, SHORT + 1, { inFlight: MOST / 2 + 50, more: 1 }).refused).toBe(0);
  });

  it('in an overload it refuses who would wait for more than 25 ms, and nobody else', () => {
    readFor(2_010, 5_000);
    expect(readFor(100, SHORT).refused).toBe(0);
    expect(readFor(100, SHORT + 1)).toEqual({ refused: 10, all: 10 });
    expect(readFor(100, SHORT).refused).toBe(0);
  });

  it('it tells how long may be waited, which is never more than the limit', () => {
    readFor(2_010, 5_000);
    expect(gauge.read({ pressureMs: 5_000, limitMs: LIMIT, inFlight: 0, maxInFlight: MOST, now })).toBe(
      SHORT,
    );
    expect(gauge.read({ pressureMs: 5_000, limitMs: 20, inFlight: 0, maxInFlight: MOST, now })).toBe(20);
  });

  it('after a second below half of that it is over, and a burst is a burst again', () => {
    readFor(2_010, 5_000);
    readFor(1_010, SHORT / 2);
    expect(readFor(1_000, 5_000).refused).toBe(0);
  });

  it('also after a second without requests', () => {
    readFor(2_010, 5_000);
    readFor(STEP, 0);
    now += 1_000;
    readFor(STEP, 0);
    expect(readFor(1_000, 5_000).refused).toBe(0);
  });

  it('a second above half of it does not end it', () => {
    readFor(2_010, 5_000);
    readFor(5_000, SHORT / 2 + 1);
    expect(readFor(100, 5_000).refused).toBe(10);
  });

  it('tells once when an overload begins, and once when it is over', () => {
    readFor(1_990, 5_000);
    expect(changes).toEqual([]);
    readFor(1_000, 5_000);
    expect(changes).toEqual([true]);
    readFor(3_000, 0);
    expect(changes).toEqual([true, false]);
  });

  it('with limit 0 it refuses nobody, and ends what was begun with another limit', () => {
    const off = { limitMs: 0 };
    expect(readFor(5_000, 5_000, { ...off, inFlight: MOST }).refused).toBe(0);
    readFor(3_000, 5_000);
    expect(readFor(2_000, 5_000, off).refused).toBe(0);
    expect(readFor(1_000, 5_000).refused).toBe(0);
  });
});

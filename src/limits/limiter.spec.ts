import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeKey, makeLimiter, type TestLimiter } from '../../test/support/make-limiter.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Demand, LimitedKey } from './limited-key.js';
import { UNLIMITED, type Reservation } from './reservation.js';

const NOON = Date.UTC(2026, 10, 25, 12);
const MINUTE = 60_000;
const NOTHING: Demand = { tokens: 0, costNano: 0 };
const CENT = 10_000_000;
const alive = () => true;
const dead = () => false;

let clock: ManualClock;
let made: TestLimiter;

const reserve = async (key: LimitedKey, demand = NOTHING, isAlive = alive): Promise<Reservation> =>
  made.limiter.reserve(key, demand, isAlive);
const refusal = async (key: LimitedKey, demand = NOTHING): Promise<GatewayError> => {
  const error = await reserve(key, demand).catch((caught: unknown) => caught);
  if (!(error instanceof GatewayError)) throw new Error('it was not refused');
  return error;
};
/** Reserves as often at once, and gives what passed. */
const burst = async (key: LimitedKey, times: number, demand = NOTHING): Promise<Reservation[]> => {
  const outcomes = await Promise.allSettled(Array.from({ length: times }, () => reserve(key, demand)));
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
};

beforeEach(() => {
  clock = new ManualClock(NOON);
  made = makeLimiter(clock);
});

test('a key without limits costs nothing', () => {
  expect(made.limiter.reserve(makeKey({}), { tokens: 1e9, costNano: 1e12 }, alive)).toBe(UNLIMITED);
  expect(UNLIMITED.state()).toEqual({});
});

test('without Redis, only a budget that is not known yet is waited for', async () => {
  const limits = { requestsPerMinute: 9, tokensPerMinute: 9, maxParallel: 9 };
  expect(made.limiter.reserve(makeKey(limits), NOTHING, alive)).not.toBeInstanceOf(Promise);
  const key = makeKey({ budgetNano: CENT });
  const first = made.limiter.reserve(key, NOTHING, alive);
  expect(first).toBeInstanceOf(Promise);
  await first;
  expect(made.limiter.reserve(key, NOTHING, alive)).not.toBeInstanceOf(Promise);
});

describe('requests per minute', () => {
  const key = makeKey({ requestsPerMinute: 100 });

  test.each([0, 30_000, 59_999])('of 200 at once, 100 pass, %d ms after the minute began', async (into) => {
    clock.advance(into);
    await expect(burst(key, 200)).resolves.toHaveLength(100);
    clock.advance(MINUTE - 1);
    await expect(burst(key, 200)).resolves.toHaveLength(0);
    clock.advance(1);
    await expect(burst(key, 200)).resolves.toHaveLength(100);
  });

  test('a refusal says which limit of which key, how much is used, and when it frees up', async () => {
    await burst(key, 60);
    clock.advance(20_000);
    await burst(key, 40);
    const error = await refusal(key);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', status: 429, retryAfterMs: 40_000 });
    expect(error.message).toBe(
      'The key "team-a" has a limit of 100 requests per minute, and 100 were made in the last 60 s. The next is free in 40 s.',
    );
  });

  test('a request counts when it was made, whatever it used, and not when it was not made', async () => {
    const reservations = await burst(key, 100);
    reservations[0]!.settle(NOTHING);
    await expect(burst(key, 10)).resolves.toHaveLength(0);
    reservations[1]!.release();
    await expect(burst(key, 10)).resolves.toHaveLength(1);
  });

  test('keys do not count for each other, and a limit that changes counts what was before', async () => {
    await burst(key, 100);
    await expect(burst(makeKey({ requestsPerMinute: 100 }, 'team-b'), 200)).resolves.toHaveLength(100);
    await expect(burst(makeKey({ requestsPerMinute: 130 }), 200)).resolves.toHaveLength(30);
  });

  test('a limit of 0 lets nothing through', async () => {
    await expect(refusal(makeKey({ requestsPerMinute: 0 }))).resolves.toMatchObject({ status: 429 });
  });
});

describe('tokens per minute', () => {
  const key = makeKey({ tokensPerMinute: 1_000 });
  const demand = (tokens: number): Demand => ({ tokens, costNano: 0 });

  test('what is reserved counts, and less once less was used', async () => {
    const first = await reserve(key, demand(800));
    const error = await refusal(key, demand(300));
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: MINUTE });
    expect(error.message).toBe(
      'The key "team-a" has a limit of 1000 tokens per minute, and 800 were used or reserved in the last 60 s. The 300 that this request may use are free in 60 s.',
    );
    first.settle(demand(100));
    await reserve(key, demand(900));
    await expect(refusal(key, demand(1))).resolves.toMatchObject({ status: 429 });
  });

  test('what was used beyond the estimate counts from its settlement on', async () => {
    const first = await reserve(key, demand(100));
    clock.advance(90_000);
    first.settle(demand(1_000));
    expect(first.state().tokens).toEqual({ limit: 1_000, remaining: 100, resetMs: MINUTE });
    clock.advance(MINUTE);
    expect(first.state().tokens).toEqual({ limit: 1_000, remaining: 1_000, resetMs: 0 });
  });

  test('a request larger than the limit passes when nothing else is used', async () => {
    const first = await reserve(key, demand(5_000));
    expect(first.state().tokens).toMatchObject({ remaining: 0 });
    await expect(refusal(key, demand(1))).resolves.toMatchObject({ status: 429 });
    first.release();
    await reserve(key, demand(5_000));
  });
});

describe('parallel requests', () => {
  const key = makeKey({ maxParallel: 3 });

  test('a place is free as soon as a request ends, and only once', async () => {
    const reservations = await burst(key, 10);
    expect(reservations).toHaveLength(3);
    const error = await refusal(key);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 1_000 });
    expect(error.message).toBe(
      'The key "team-a" has a limit of 3 requests at a time, and 3 are running. The next can begin when one of them ends.',
    );
    reservations[0]!.settle(NOTHING);
    reservations[0]!.settle(NOTHING);
    reservations[0]!.release();
    await expect(burst(key, 10)).resolves.toHaveLength(1);
  });

  test('a request that runs for long keeps its place; one that died without a word loses it', async () => {
    let isAlive = true;
    await reserve(key, NOTHING, () => isAlive);
    await reserve(key, NOTHING, dead);
    await reserve(key);
    clock.advance(50_000);
    await expect(burst(key, 1)).resolves.toHaveLength(0);
    clock.advance(10_000);
    await expect(burst(key, 1)).resolves.toHaveLength(1);
    clock.advance(3_600_000);
    await expect(burst(key, 1)).resolves.toHaveLength(0);
    isAlive = false;
    clock.advance(70_000);
    await expect(burst(key, 2)).resolves.toHaveLength(1);
  });

  test('what was freed for want of a sign of life is settled all the same when its end comes', async () => {
    const both = makeKey({ maxParallel: 1, budgetNano: CENT });
    const first = await reserve(both, { tokens: 0, costNano: CENT }, dead);
    clock.advance(70_000);
    const second = await reserve(both, NOTHING);
    first.settle({ tokens: 0, costNano: CENT });
    await expect(refusal(both)).resolves.toMatchObject({ code: 'budget_exceeded' });
    second.release();
    const error = await refusal(both);
    expect(error.message).toContain('$0.01 are spent and $0.00 reserved');
  });
});

describe('budgets', () => {
  const key = makeKey({ budgetNano: 100 * CENT });
  const cost = (costNano: number): Demand => ({ tokens: 0, costNano });

  test('of 200 at once for 3 cents each, 33 fit into a dollar', async () => {
    await expect(burst(key, 200, cost(3 * CENT))).resolves.toHaveLength(33);
  });

  test('where running requests have reserved the rest, a retry may help soon', async () => {
    made.store.write(key.id, NOON, 20 * CENT);
    const first = await reserve(key, cost(75 * CENT));
    const error = await refusal(key, cost(10 * CENT));
    expect(error).toMatchObject({ code: 'budget_exceeded', status: 402, retryAfterMs: 1_000 });
    expect(error.message).toBe(
      'The key "team-a" has a budget of $1.00 a month: $0.20 are spent and $0.75 reserved by running requests, this request may cost $0.10. It begins anew at 2026-12-01T00:00:00Z.',
    );
    first.settle(cost(5 * CENT));
    await reserve(key, cost(10 * CENT));
  });

  test('where it is spent, nothing helps before the next period', async () => {
    (await reserve(key, cost(CENT))).settle(cost(99 * CENT + 1));
    const tooMuch = await refusal(key, cost(CENT));
    expect(tooMuch).toMatchObject({ code: 'budget_exceeded', retryAfterMs: undefined });
    expect(tooMuch.message).toContain('$0.990000001 are spent and $0.00 reserved');
    (await reserve(key)).settle(cost(CENT));
    await expect(refusal(key)).resolves.toMatchObject({ retryAfterMs: undefined });
    clock.advance(Date.UTC(2026, 11, 1) - clock.now());
    await reserve(key, cost(100 * CENT));
  });

  test('a total never begins anew', async () => {
    const total = makeKey({ budgetNano: CENT, budgetPeriod: 'total' });
    made.store.write(total.id, Date.UTC(2020), 2 * CENT);
    const error = await refusal(total);
    expect(error.message).toContain('has a budget of $0.01 in total: $0.02 are spent');
    expect(error.message).toContain('It does not begin anew.');
  });

  test('a budget of 0 lets nothing through', async () => {
    await expect(refusal(makeKey({ budgetNano: 0 }))).resolves.toMatchObject({ status: 402 });
  });

  test('a spent budget is told before a limit that would free up', async () => {
    const both = makeKey({ budgetNano: CENT, requestsPerMinute: 1 });
    (await reserve(both)).settle(cost(CENT));
    await expect(refusal(both)).resolves.toMatchObject({ code: 'budget_exceeded' });
  });

  test('of several limits that free up, the wait is that for the last', async () => {
    const both = makeKey({ maxParallel: 1, requestsPerMinute: 1 });
    await reserve(both);
    clock.advance(10_000);
    await expect(refusal(both)).resolves.toMatchObject({ retryAfterMs: 50_000 });
  });

  test('a request over midnight is reserved in the new day and charged to the old one', async () => {
    const daily = makeKey({ budgetNano: CENT, budgetPeriod: 'day' });
    clock.advance(Date.UTC(2026, 10, 25, 23, 59, 59, 990) - clock.now());
    const late = await reserve(daily, cost(CENT));
    clock.advance(20);
    await expect(refusal(daily, cost(CENT))).resolves.toMatchObject({ retryAfterMs: 1_000 });
    late.settle(cost(CENT));
    const early = await reserve(daily, { ...cost(CENT), at: clock.now() - 15 });
    early.settle(cost(CENT));
    await reserve(daily, cost(CENT));
  });

  test('goes on with what it knows while the database is away', async () => {
    made.store.isAway = true;
    (await reserve(key, cost(60 * CENT))).settle(cost(60 * CENT));
    await expect(refusal(key, cost(50 * CENT))).resolves.toMatchObject({ status: 402 });
    await reserve(key, cost(40 * CENT));
  });
});

describe('whatever comes', () => {
  const key = makeKey({ requestsPerMinute: 5, tokensPerMinute: 50, maxParallel: 3, budgetNano: 100 });
  const step = fc.record({
    pause: fc.nat(15_000),
    tokens: fc.nat(40),
    costNano: fc.nat(10),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom('settle', 'release', 'forget', 'later'),
  });

  test('no 60 seconds hold more than the limits, no more is spent, and nothing stays reserved', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        clock = new ManualClock(NOON);
        made = makeLimiter(clock);
        const passed: { at: number; requests: number; tokens: number }[] = [];
        const running: (() => void)[] = [];
        let spent = 0;
        for (const { pause, tokens, costNano, share, end } of steps) {
          clock.advance(pause);
          const isAlive = (): boolean => end === 'later';
          const reservation = await reserve(key, { tokens, costNano }, isAlive).catch(() => undefined);
          if (reservation === undefined) {
            running.shift()?.();
            continue;
          }
          const entry = { at: clock.now(), requests: 1, tokens };
          passed.push(entry);
          const settle = (): void => {
            entry.tokens = Math.floor(tokens * share);
            spent += Math.floor(costNano * share);
            reservation.settle({ tokens: entry.tokens, costNano: Math.floor(costNano * share) });
          };
          if (end === 'settle') settle();
          if (end === 'later') running.push(settle);
          if (end === 'release') {
            reservation.release();
            Object.assign(entry, { requests: 0, tokens: 0 });
          }
        }
        for (const settle of running) settle();
        for (const { at } of passed) {
          const within = passed.filter((other) => other.at >= at && other.at < at + MINUTE);
          expect(within.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThanOrEqual(5);
          expect(within.reduce((sum, other) => sum + other.tokens, 0)).toBeLessThanOrEqual(50);
        }
        expect(spent).toBeLessThanOrEqual(100);
        clock.advance(2 * MINUTE);
        const refilled = makeKey({ ...key.limits, budgetNano: spent + 3 });
        await expect(burst(refilled, 10, { tokens: 16, costNano: 1 })).resolves.toHaveLength(3);
      }),
    );
  });
});

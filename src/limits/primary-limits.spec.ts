import { beforeEach, describe, expect, test } from 'vitest';
import { joinLines } from '../../test/support/join-lines.js';
import { makeKey, makeLimiter, type TestLimiter } from '../../test/support/make-limiter.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { SqliteSpendStore } from '../../test/support/sqlite-spend-store.js';
import { GatewayError } from '../contract/gateway-error.js';
import { CommonBooks } from './common-books.js';
import type { Demand, LimitedKey } from './limited-key.js';
import { END_LIMITS, RENEW_LIMITS, RESERVE_LIMITS } from './primary-limits.js';
import type { Reservation } from './reservation.js';

const NOON = Date.UTC(2026, 10, 25, 12);
const NOTHING: Demand = { tokens: 0, costNano: 0 };
const CENT = 10_000_000;

describe('limits shared through the primary', () => {
  let clock: ManualClock;
  let books: CommonBooks;
  let store: SqliteSpendStore;
  let one: TestLimiter;
  let two: TestLimiter;
  let isAlive: boolean;

  function startWorker(worker: number): TestLimiter {
    const [line, ofPrimary] = joinLines();
    ofPrimary.on(RESERVE_LIMITS, (order) => books.reserve(worker, order));
    ofPrimary.on(END_LIMITS, (order) => {
      books.settle(worker, order);
    });
    ofPrimary.on(RENEW_LIMITS, (leases) => {
      books.renew(worker, leases);
    });
    return makeLimiter(clock, { line, store });
  }

  const reserve = async ({ limiter }: TestLimiter, key: LimitedKey, demand = NOTHING): Promise<Reservation> =>
    limiter.reserve(key, demand, () => isAlive);
  const refusal = async (made: TestLimiter, key: LimitedKey, demand = NOTHING): Promise<GatewayError> => {
    const error = await reserve(made, key, demand).catch((caught: unknown) => caught);
    if (!(error instanceof GatewayError)) throw new Error('it was not refused');
    return error;
  };
  /** As often as asked, by both in turns. */
  const burst = async (key: LimitedKey, times: number, demand = NOTHING): Promise<Reservation[]> => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: times }, (_, index) => reserve(index % 2 === 0 ? one : two, key, demand)),
    );
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  };

  beforeEach(() => {
    clock = new ManualClock(NOON);
    books = new CommonBooks(clock);
    books.start();
    store = new SqliteSpendStore();
    isAlive = true;
    one = startWorker(1);
    two = startWorker(2);
  });

  test('of 200 at once over two workers exactly 100 pass, and 100 again a minute later', async () => {
    const key = makeKey({ requestsPerMinute: 100 });
    await expect(burst(key, 200)).resolves.toHaveLength(100);
    clock.advance(59_999);
    await expect(burst(key, 200)).resolves.toHaveLength(0);
    clock.advance(1);
    await expect(burst(key, 200)).resolves.toHaveLength(100);
  });

  test('a refusal says how the common books stand, and the headers of those that pass as well', async () => {
    const key = makeKey({ requestsPerMinute: 3 });
    await reserve(one, key);
    await reserve(one, key);
    const passed = await reserve(two, key);
    expect(passed.state().requests).toMatchObject({ limit: 3, remaining: 0, resetMs: 60_000 });
    const error = await refusal(two, key);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryAfterMs: 60_000 });
    expect(error.message).toContain('and 3 were made in the last 60 s');
  });

  test('tokens that were not used are free for the other, those that were not foreseen count', async () => {
    const key = makeKey({ tokensPerMinute: 100 });
    const first = await reserve(one, key, { tokens: 80, costNano: 0 });
    await refusal(two, key, { tokens: 30, costNano: 0 });
    first.settle({ tokens: 20, costNano: 0 });
    const second = await reserve(two, key, { tokens: 70, costNano: 0 });
    second.settle({ tokens: 90, costNano: 0 });
    await refusal(one, key, { tokens: 1, costNano: 0 });
  });

  test('requests at a time count over both, and one that was refused or not made holds nothing', async () => {
    const key = makeKey({ maxParallel: 3, requestsPerMinute: 4 });
    const running = await burst(key, 10);
    expect(running).toHaveLength(3);
    running[0]!.release();
    const next = await reserve(two, key);
    next.settle(NOTHING);
    await expect(burst(key, 10)).resolves.toHaveLength(1);
  });

  test('a budget is common: what is reserved, what was settled, and what the database knows', async () => {
    const key = makeKey({ budgetNano: 10 * CENT });
    store.write('team-a', NOON - 1, 4 * CENT);
    const reserved = await burst(key, 10, { tokens: 0, costNano: 2 * CENT });
    expect(reserved).toHaveLength(3);
    for (const reservation of reserved) reservation.settle({ tokens: 0, costNano: 1 * CENT });
    const again = await burst(key, 10, { tokens: 0, costNano: 3 * CENT });
    expect(again).toHaveLength(1);
    again[0]!.settle({ tokens: 0, costNano: 3 * CENT });
    await expect(refusal(two, key)).resolves.toMatchObject({ code: 'budget_exceeded' });
  });

  test('what runs for long is renewed, and what its worker forgot expires', async () => {
    const key = makeKey({ maxParallel: 1 });
    await reserve(one, key);
    for (let seconds = 0; seconds < 180; seconds += 10) clock.advance(10_000);
    await refusal(two, key);
    isAlive = false;
    for (let seconds = 0; seconds < 70; seconds += 10) clock.advance(10_000);
    await reserve(two, key);
  });

  test('a lease that expired while its worker stood still is held again once that renews it', async () => {
    const key = makeKey({ maxParallel: 1 });
    const order = { lease: 'a', key, at: NOON, tokens: 0, costNano: 0, inDatabase: 0 };
    books.reserve(3, order);
    for (let seconds = 0; seconds < 70; seconds += 10) clock.advance(10_000);
    books.renew(3, ['a', 'unknown']);
    await refusal(one, key);
    books.settle(3, { lease: 'a', used: NOTHING });
    await reserve(one, key);
  });

  test('a worker that dies frees what ran in it; the requests that it made still count', async () => {
    const key = makeKey({ maxParallel: 2, requestsPerMinute: 3 });
    await reserve(one, key);
    await reserve(one, key);
    await refusal(two, key);
    books.leave(1);
    await reserve(two, key);
    await expect(refusal(two, key)).resolves.toMatchObject({
      message: expect.stringContaining('3 requests per minute') as string,
    });
  });
});

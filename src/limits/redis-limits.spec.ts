import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeKey, makeLimiter, type TestLimiter } from '../../test/support/make-limiter.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { describeWithRedis, RedisServer } from '../../test/support/redis-server.js';
import { SqliteSpendStore } from '../../test/support/sqlite-spend-store.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Demand, LimitedKey } from './limited-key.js';
import type { Reservation } from './reservation.js';

const NOTHING: Demand = { tokens: 0, costNano: 0 };
const CENT = 10_000_000;
const WITHIN = { timeout: 10_000, interval: 5 };

/**
 * Two processes on one Redis. The clock of their connections stands still, so that Redis has all the time it takes to
 * answer; what has to grow old in Redis, which has a clock of its own, is made old by a command.
 */
describeWithRedis('limits shared through Redis', () => {
  let clock: ManualClock;
  let redisClock: ManualClock;
  let server: RedisServer;
  let store: SqliteSpendStore;
  let one: TestLimiter;
  let two: TestLimiter;
  let isAlive: boolean;

  const reserve = async ({ limiter }: TestLimiter, key: LimitedKey, demand = NOTHING): Promise<Reservation> =>
    limiter.reserve(key, demand, () => isAlive);
  const refusal = async (made: TestLimiter, key: LimitedKey, demand = NOTHING): Promise<GatewayError> => {
    const error = await reserve(made, key, demand).catch((caught: unknown) => caught);
    if (!(error instanceof GatewayError)) throw new Error('it was not refused');
    return error;
  };
  const burst = async (made: TestLimiter, key: LimitedKey, times: number, demand = NOTHING) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: times }, () => reserve(made, key, demand)),
    );
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  };
  const both = async (key: LimitedKey, times: number, demand = NOTHING) =>
    (await Promise.all([one, two].map((made) => burst(made, key, times, demand)))).flat();
  const redis = (command: string, name: string, ...words: string[]): string =>
    server.command(command, `${one.redis.prefix}limits:{team-a}:${name}`, ...words);
  /** Makes a window of Redis older by whole seconds. */
  const age = (name: string, seconds: number): void => {
    const fields = redis('hgetall', name).split('\n');
    redis('del', name);
    for (let index = 0; index < fields.length; index += 2) {
      const [field = '', value = ''] = fields.slice(index, index + 2);
      const isSecond = /^\d+$/.test(field);
      const older = (text: string): string => String(Number(text) - seconds);
      redis(
        'hset',
        name,
        isSecond ? older(field) : field,
        isSecond || field === 'sum' ? value : older(value),
      );
    }
  };
  const spentName = () => `spent:month:${String(Date.UTC(2026, 10, 1))}`;
  const usable = (isUsable: boolean, ...made: TestLimiter[]) =>
    vi.waitFor(() => {
      for (const { redis: connection } of made) expect(connection.isUsable).toBe(isUsable);
    }, WITHIN);
  /** What a process sends without waiting arrives before the next answer that it waits for. */
  const settled = (made: TestLimiter) => made.redis.ask((connection) => connection.ping());

  beforeEach(async () => {
    vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    isAlive = true;
    clock = new ManualClock(Date.UTC(2026, 10, 25, 12));
    server = await RedisServer.start();
    store = new SqliteSpendStore();
    redisClock = new ManualClock();
    one = makeLimiter(clock, { redisUrl: server.url, redisClock, store });
    two = makeLimiter(clock, { redisUrl: server.url, store });
    await usable(true, one, two);
  });

  afterEach(async () => {
    one.redis.onModuleDestroy();
    two.redis.onModuleDestroy();
    await server.dispose();
    vi.restoreAllMocks();
  });

  test('of 200 at once in two processes, 100 pass', async () => {
    const key = makeKey({ requestsPerMinute: 100 });
    await expect(both(key, 100)).resolves.toHaveLength(100);
    const error = await refusal(two, key);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', status: 429 });
    expect(error.message).toContain('and 100 were made in the last 60 s');
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(61_000);
    await expect(burst(one, makeKey({ requestsPerMinute: 100 }, 'team-b'), 1)).resolves.toHaveLength(1);
    expect(server.command('info', 'errorstats')).not.toContain('NOSCRIPT');
  });

  test('a Redis that has forgotten the scripts is told them again', async () => {
    const key = makeKey({ requestsPerMinute: 100 });
    server.command('script', 'flush');
    await expect(both(key, 100)).resolves.toHaveLength(100);
    expect(server.command('info', 'errorstats')).toContain('NOSCRIPT');
  });

  test('what left the window of Redis counts no more', async () => {
    const key = makeKey({ requestsPerMinute: 2 });
    await reserve(one, key);
    await reserve(two, key);
    await expect(refusal(one, key)).resolves.toMatchObject({ status: 429 });
    age('requests', 61);
    await expect(reserve(one, key)).resolves.toBeDefined();
    age('requests', 1);
    await expect(reserve(two, key)).resolves.toBeDefined();
    // The processes have forgotten theirs: what is refused now, Redis refuses.
    clock.advance(60_000);
    age('requests', 50);
    const error = await refusal(one, key);
    expect(error.retryAfterMs).toBeGreaterThan(0);
    expect(error.retryAfterMs).toBeLessThanOrEqual(10_000);
    age('requests', 10);
    await expect(reserve(one, key)).resolves.toBeDefined();
    expect(Number(redis('hget', 'requests', 'sum'))).toBeLessThanOrEqual(2);
  });

  test('the places of parallel requests are common', async () => {
    const key = makeKey({ maxParallel: 5 });
    const reservations = await both(key, 5);
    expect(reservations).toHaveLength(5);
    await expect(refusal(one, key)).resolves.toMatchObject({ retryAfterMs: 1_000 });
    reservations[0]!.settle(NOTHING);
    reservations[4]!.release();
    await Promise.all([settled(one), settled(two)]);
    await expect(both(key, 5)).resolves.toHaveLength(2);
  });

  test('tokens are reserved, given back and added for all', async () => {
    const key = makeKey({ tokensPerMinute: 1_000 });
    const first = await reserve(one, key, { tokens: 800, costNano: 0 });
    expect(first.state().tokens).toMatchObject({ limit: 1_000, remaining: 200 });
    await expect(refusal(two, key, { tokens: 300, costNano: 0 })).resolves.toMatchObject({ status: 429 });
    first.settle({ tokens: 100, costNano: 0 });
    await settled(one);
    const second = await reserve(two, key, { tokens: 100, costNano: 0 });
    expect(second.state().tokens).toMatchObject({ remaining: 800 });
    second.settle({ tokens: 850, costNano: 0 });
    await settled(two);
    const third = await reserve(one, key, { tokens: 50, costNano: 0 });
    expect(third.state()).toMatchObject({ requests: undefined, tokens: { remaining: 0 } });
    third.release();
    await settled(one);
    await expect(reserve(two, key, { tokens: 50, costNano: 0 })).resolves.toBeDefined();
    await expect(refusal(two, key, { tokens: 1, costNano: 0 })).resolves.toMatchObject({ status: 429 });
  });

  test('a dollar is not overspent where the estimates were right, and else by what they lacked', async () => {
    const key = makeKey({ budgetNano: 100 * CENT });
    const reservations = await both(key, 100, { tokens: 0, costNano: 3 * CENT });
    expect(reservations).toHaveLength(33);
    const error = await refusal(one, key, { tokens: 0, costNano: 3 * CENT });
    expect(error).toMatchObject({ code: 'budget_exceeded', status: 402, retryAfterMs: 1_000 });
    expect(error.message).toContain('$0.00 are spent and $0.99 reserved by running requests');
    for (const reservation of reservations) reservation.settle({ tokens: 0, costNano: 4 * CENT });
    await Promise.all([settled(one), settled(two)]);
    const spent = await refusal(two, key);
    expect(spent.retryAfterMs).toBeUndefined();
    expect(spent.message).toContain('$1.32 are spent and $0.00 reserved');
    expect(Number(redis('get', spentName()))).toBe(33 * 4 * CENT);
  });

  test('of several limits none is booked when one refuses', async () => {
    const key = makeKey({ requestsPerMinute: 10, tokensPerMinute: 100, maxParallel: 10, budgetNano: CENT });
    await reserve(one, key, { tokens: 60, costNano: CENT / 2 });
    await expect(refusal(two, key, { tokens: 60, costNano: 0 })).resolves.toMatchObject({ status: 429 });
    await expect(refusal(two, key, { tokens: 1, costNano: CENT })).resolves.toMatchObject({ status: 402 });
    expect(redis('hget', 'requests', 'sum')).toBe('1');
    expect(redis('hget', 'tokens', 'sum')).toBe('60');
    expect(redis('zcard', 'leases')).toBe('1');
    expect(redis('hget', 'reserved', 'sum')).toBe(String(CENT / 2));
    const last = await reserve(two, key, { tokens: 40, costNano: CENT / 2 });
    expect(last.state()).toMatchObject({ requests: { remaining: 8 }, tokens: { remaining: 0 } });
  });

  test('everything in Redis is forgotten by itself', async () => {
    const key = makeKey({ requestsPerMinute: 9, tokensPerMinute: 9, maxParallel: 9, budgetNano: CENT });
    (await reserve(one, key, { tokens: 1, costNano: 1 })).settle({ tokens: 3, costNano: 5 });
    await reserve(one, key, { tokens: 1, costNano: 1 });
    const names = server.command('keys', '*limits:{team-a}*').split('\n');
    expect(names).toHaveLength(5);
    for (const name of names) expect(Number(server.command('pttl', name))).toBeGreaterThan(0);
    const end = Date.UTC(2026, 11, 2);
    expect(Number(redis('pexpiretime', spentName()))).toBe(end);
  });

  describe('a process that dies', () => {
    const key = makeKey({ maxParallel: 1, budgetNano: CENT });

    /** As if a minute had passed without a sign of life. */
    const expire = (): void => {
      for (const lease of redis('zrange', 'leases', '0', '-1').split('\n')) {
        redis('zincrby', 'leases', '-60000', lease);
      }
    };

    test('loses its places and what it reserved', async () => {
      await reserve(one, key, { tokens: 0, costNano: CENT });
      one.redis.onModuleDestroy();
      await expect(refusal(two, key)).resolves.toMatchObject({ code: 'rate_limit_exceeded' });
      expire();
      await reserve(two, key, { tokens: 0, costNano: CENT });
      expect(redis('hget', 'reserved', 'sum')).toBe(String(CENT));
    });

    test('one that lives keeps them', async () => {
      await reserve(one, key, { tokens: 0, costNano: CENT });
      expire();
      clock.advance(10_000);
      await settled(one);
      await expect(refusal(two, key)).resolves.toMatchObject({ code: 'rate_limit_exceeded' });
      expect(redis('hget', 'reserved', 'sum')).toBe(String(CENT));
    });

    test('a request that died in a living process is not prolonged', async () => {
      await reserve(one, key);
      isAlive = false;
      expire();
      clock.advance(10_000);
      await settled(one);
      await expect(reserve(two, key)).resolves.toBeDefined();
    });
  });

  describe('while Redis is away', () => {
    test('each process goes by its own books, and by the common ones when it is back', async () => {
      const key = makeKey({ requestsPerMinute: 100 });
      await server.kill();
      await usable(false, one, two);
      await expect(both(key, 150)).resolves.toHaveLength(200);
      await server.start();
      await usable(true, one, two);
      clock.advance(60_000);
      await expect(both(key, 100)).resolves.toHaveLength(100);
    });

    test('running requests are known again to a Redis that has lost everything', async () => {
      const key = makeKey({ maxParallel: 3, budgetNano: CENT });
      await both(key, 1, { tokens: 0, costNano: CENT / 2 });
      await server.kill();
      await usable(false, one, two);
      await server.start();
      await usable(true, one, two);
      clock.advance(10_000);
      await Promise.all([settled(one), settled(two)]);
      const error = await refusal(one, key, { tokens: 0, costNano: CENT / 2 });
      expect(error.message).toContain('$0.00 are spent and $0.01 reserved');
      await expect(burst(one, key, 3)).resolves.toHaveLength(1);
    });

    test('what was spent meanwhile is known to all again once it is in the database', async () => {
      const key = makeKey({ budgetNano: 100 * CENT });
      const cost = { tokens: 0, costNano: 30 * CENT };
      (await reserve(one, key, cost)).settle(cost);
      await server.kill();
      await usable(false, one, two);
      (await reserve(one, key, cost)).settle(cost);
      store.write(key.id, clock.now(), 60 * CENT);
      await server.start();
      await usable(true, one, two);
      await expect(refusal(two, key, { tokens: 0, costNano: 41 * CENT })).resolves.toMatchObject({
        code: 'budget_exceeded',
        retryAfterMs: undefined,
      });
      await reserve(two, key, { tokens: 0, costNano: CENT });
      expect(Number(redis('get', spentName()))).toBe(60 * CENT);
    });

    test('an answer that does not come within 50 ms is done without', async () => {
      const key = makeKey({ requestsPerMinute: 1, budgetNano: CENT });
      await one.ledger.prepare(key.id, Date.UTC(2026, 10, 1));
      server.pause();
      const reserving = reserve(one, key, { tokens: 0, costNano: CENT });
      await Promise.resolve();
      redisClock.advance(50);
      const reservation = await reserving;
      server.resume();
      await expect(refusal(one, key)).resolves.toMatchObject({ status: 429 });
      redisClock.advance(950);
      await usable(true, one);
      reservation.settle({ tokens: 0, costNano: CENT });
      await settled(one);
      expect(redis('zcard', 'leases')).toBe('0');
      await expect(refusal(two, key)).resolves.toMatchObject({ code: 'budget_exceeded' });
    });
  });
});

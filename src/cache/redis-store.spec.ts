import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { describeWithRedis, RedisServer } from '../../test/support/redis-server.js';
import { SystemClock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { readEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { RedisConnection } from '../storage/redis-connection.js';
import { RedisPeers } from '../storage/redis-peers.js';
import { AnswerStore } from './answer-store.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';
import type { StoredValue } from './stored-value.js';

const settings = loadSettings(
  { GATEWAY_CONFIG: 'a.yaml' },
  () => 'providers: [{ name: a, vendor: openai, api_keys: [k] }]',
);
/** Reconnecting takes up to 2 s; loaded machines add theirs. */
const BACK = { timeout: 10_000, interval: 10 };

class ShiftedClock extends SystemClock {
  shiftMs = 0;

  override now(): number {
    return super.now() + this.shiftMs;
  }
}

/** One process of several. */
class Replica {
  readonly clock = new ShiftedClock();
  readonly connection: RedisConnection;
  readonly memory = new MemoryStore(new SettingsHolder(settings), this.clock);
  readonly store: AnswerStore;
  private readonly redis: RedisStore;

  constructor(url: string) {
    this.connection = new RedisConnection(
      readEnvironment({ REDIS_URL: url }).settings,
      this.clock,
      new Redactor(),
    );
    this.redis = new RedisStore(this.connection, this.clock);
    this.store = new AnswerStore(this.memory, this.redis, new RedisPeers(this.connection));
    this.connection.onApplicationBootstrap();
  }

  value(text: string, ttlMs = 60_000): StoredValue {
    const createdAt = this.clock.now();
    return { createdAt, expiresAt: createdAt + ttlMs, packed: Buffer.from(text) };
  }

  set(key: string, text: string, ttlMs?: number): void {
    this.store.set(new Map([[key, this.value(text, ttlMs)]]));
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.store.get(key))?.packed.toString();
  }

  /** Redis can be used, and this replica knows the generation. */
  async isReady(): Promise<void> {
    await vi.waitFor(async () => {
      const key = `probe-${String(Math.random())}`;
      await this.redis.set(new Map([[key, this.value('x')]]));
      expect(await this.redis.get([key])).toMatchObject([{ packed: Buffer.from('x') }]);
    }, BACK);
  }
}

describeWithRedis('the cache in Redis', () => {
  let redis: RedisServer;
  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    redis = await RedisServer.start();
  });
  afterAll(() => redis.dispose());

  beforeEach(async () => {
    redis.command('FLUSHALL');
    one = new Replica(redis.url);
    two = new Replica(redis.url);
    await Promise.all([one.isReady(), two.isReady()]);
  });
  afterEach(() => {
    one.connection.onModuleDestroy();
    two.connection.onModuleDestroy();
  });

  const arrives = (replica: Replica, key: string, text: string) =>
    vi.waitFor(async () => {
      replica.memory.clear();
      expect(await replica.get(key)).toBe(text);
    }, BACK);

  test('is shared by all replicas, and what it gave is in memory then', async () => {
    one.set('a', 'answer');
    await arrives(two, 'a', 'answer');
    redis.command('FLUSHDB');
    expect(await two.get('a')).toBe('answer');
  });

  test('gives several values in the order of their keys', async () => {
    const keys = Array.from({ length: 200 }, (_value, index) => `k${String(index)}`);
    one.store.set(new Map(keys.slice(0, 199).map((key) => [key, one.value(`of ${key}`)])));
    await arrives(two, 'k198', 'of k198');
    const found = await two.store.getAll(keys);
    expect(found.map((value) => value?.packed.toString())).toEqual([
      ...keys.slice(0, 199).map((key) => `of ${key}`),
      undefined,
    ]);
  });

  test('forgets what has expired', async () => {
    one.set('a', 'answer', 60_000);
    await arrives(two, 'a', 'answer');
    const [name] = redis.command('KEYS', '*:a').split('\n');
    const left = Number(redis.command('PTTL', name ?? ''));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
    two.clock.shiftMs = 60_000;
    expect(await two.get('a')).toBeUndefined();
  });

  test('takes no value that would hold up the connection', async () => {
    one.set('large', 'x'.repeat(1_100_000));
    one.set('small', 'x');
    await arrives(two, 'small', 'x');
    expect(await two.get('large')).toBeUndefined();
    expect((await one.get('large'))?.length).toBe(1_100_000);
  });

  test('is cleared for all replicas, in their memories and in Redis', async () => {
    one.set('a', 'answer');
    await arrives(two, 'a', 'answer');
    expect(await one.store.clear()).toBe(true);
    expect(await one.get('a')).toBeUndefined();
    await vi.waitFor(async () => {
      expect(await two.get('a')).toBeUndefined();
      expect(redis.command('KEYS', '*:a')).toBe('');
    }, BACK);
    two.set('b', 'new');
    await arrives(one, 'b', 'new');
  });

  test('is cleared for a replica that starts later', async () => {
    one.set('a', 'answer');
    await arrives(two, 'a', 'answer');
    await one.store.clear();
    const three = new Replica(redis.url);
    try {
      await three.isReady();
      expect(await three.get('a')).toBeUndefined();
      one.set('b', 'new');
      await arrives(three, 'b', 'new');
    } finally {
      three.connection.onModuleDestroy();
    }
  });

  test('is a miss within 50 ms when Redis does not answer, and is there again when it does', async () => {
    one.set('a', 'answer');
    await arrives(two, 'a', 'answer');
    two.memory.clear();
    redis.pause();
    try {
      expect(await two.get('a')).toBeUndefined();
      expect(two.connection.isUsable).toBe(false);
      two.set('b', 'kept here');
      expect(await two.get('b')).toBe('kept here');
      expect(await one.store.clear()).toBe(false);
      expect(await one.get('a')).toBeUndefined();
    } finally {
      redis.resume();
    }
    // The clearing that could not be told is told now.
    await vi.waitFor(async () => {
      expect(one.connection.isUsable && two.connection.isUsable).toBe(true);
      expect(await two.get('b')).toBeUndefined();
    }, BACK);
    await two.isReady();
    expect(await two.get('a')).toBeUndefined();
  });

  test('goes on after Redis lost everything, without losing what the replicas hold', async () => {
    one.set('a', 'answer');
    await arrives(two, 'a', 'answer');
    await redis.kill();
    expect(await two.get('a')).toBe('answer');
    await redis.start();
    await Promise.all([one.isReady(), two.isReady()]);
    expect(await two.get('a')).toBe('answer');
    one.set('c', 'new');
    await arrives(two, 'c', 'new');
  });
});

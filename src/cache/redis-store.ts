import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { Clock } from '../common/clock.js';
import { primariesOf, type RedisClient } from '../storage/redis-client.js';
import { RedisConnection } from '../storage/redis-connection.js';
import type { RedisUse } from '../storage/redis-use.js';
import { fromBytes, toBytes, type StoredValue } from './stored-value.js';

const CHANNEL = 'cache';
/** What is larger could hold up everything else on the connection for longer than a command may take. */
const LARGEST_BYTES = 1024 * 1024;
const PROBE_KEPT_MS = 5_000;
/** Keys in one command. */
const BATCH = 64;
/** Keys of one request: many values at once could take longer than a command may. The others are not there. */
const MOST_KEYS = 512;
/** Keys that one step of a clearing looks at. */
const SCANNED = 1_000;

/**
 * Values in Redis, for all replicas. Nothing waits for it longer than 50 ms, and what does not come in time is not
 * there. Keys begin with a generation; whoever clears the cache begins a new one, which all replicas go by from then on.
 */
@Injectable()
export class RedisStore {
  private readonly use: RedisUse;
  private readonly generationKey: string;
  /** Of this process until the one in force is known. */
  private generation: string = randomUUID();
  private isKnown = false;
  /** A clearing that Redis has not been told of. */
  private isUntold = false;
  private onClear: (() => void) | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly clock: Clock,
  ) {
    this.generationKey = `${redis.prefix}cache-generation`;
    const probe = `${redis.prefix}cache:probe`;
    this.use = redis.use({
      name: 'cache',
      words: 'cached answers',
      check: (commands) => Promise.all([commands.set(probe, '', 'PX', PROBE_KEPT_MS), commands.mget(probe)]),
    });
    redis.listen(CHANNEL, (generation) => {
      if (typeof generation === 'string') this.adopt(generation);
    });
    this.use.onUp(() => void this.synchronise());
  }

  /** Calls back when another replica has cleared the cache. */
  whenCleared(handler: () => void): void {
    this.onClear = handler;
  }

  /** In the order of the keys. */
  async get(keys: readonly string[]): Promise<(StoredValue | undefined)[]> {
    if (!this.isUsable) return keys.map(() => undefined);
    const { generation } = this;
    const asked = keys.slice(0, MOST_KEYS).map((key) => this.nameOf(key));
    const batches = Array.from({ length: Math.ceil(asked.length / BATCH) }, (_batch, index) =>
      asked.slice(index * BATCH, (index + 1) * BATCH),
    );
    const answers = await Promise.all(
      batches.map(async (names) => {
        const found = await this.use.ask((redis) => this.read(redis, names));
        return found ?? names.map(() => null);
      }),
    );
    // Cleared meanwhile.
    if (generation !== this.generation) return keys.map(() => undefined);
    const found = answers.flat();
    const now = this.clock.now();
    return keys.map((_key, index) => {
      const bytes = found[index];
      const value = bytes == null ? undefined : fromBytes(bytes);
      return value !== undefined && value.expiresAt > now ? value : undefined;
    });
  }

  async set(values: ReadonlyMap<string, StoredValue>): Promise<void> {
    if (!this.isUsable) return;
    const now = this.clock.now();
    const small = [...values].filter(([, { packed }]) => packed.length <= LARGEST_BYTES);
    if (small.length === 0) return;
    await this.use.ask((redis) =>
      Promise.all(
        small.map(([key, value]) =>
          redis.set(this.nameOf(key), toBytes(value), 'PX', Math.max(1, value.expiresAt - now)),
        ),
      ),
    );
  }

  /** True: every replica is told. Otherwise they are as soon as Redis can be reached. */
  async clear(): Promise<boolean> {
    if (!this.redis.isConfigured) return true;
    const previous = this.generation;
    this.generation = randomUUID();
    this.isUntold = !(await this.tell());
    if (this.isUntold) return false;
    void this.remove(previous);
    return true;
  }

  private get isUsable(): boolean {
    return this.isKnown && this.use.isUsable;
  }

  private nameOf(key: string): string {
    return `${this.redis.prefix}cache:${this.generation}:${key}`;
  }

  private async tell(): Promise<boolean> {
    const { generation } = this;
    const told = await this.use.ask((redis) =>
      Promise.all([
        redis.set(this.generationKey, generation),
        this.redis.publish(redis, CHANNEL, generation),
      ]),
    );
    return told !== undefined;
  }

  /** Finds out which generation is in force; a Redis that lost its data learns it from whoever comes first. */
  private async synchronise(): Promise<void> {
    this.isKnown = false;
    if (this.isUntold) {
      this.isUntold = !(await this.tell());
      this.isKnown = !this.isUntold;
      return;
    }
    const { generation } = this;
    const answers = await this.use.ask((redis) =>
      Promise.all([redis.setnx(this.generationKey, generation), redis.get(this.generationKey)]),
    );
    const inForce = answers?.[1];
    if (typeof inForce !== 'string') return;
    // Cleared meanwhile: what was read is the one before.
    if (generation !== this.generation) return this.synchronise();
    this.adopt(inForce);
    this.isKnown = true;
  }

  private adopt(generation: string): void {
    if (generation === this.generation) return;
    this.generation = generation;
    this.onClear?.();
  }

  /** With one command where that is possible: keys of a cluster lie on several servers. */
  private read(redis: RedisClient, names: readonly string[]): Promise<(Buffer | null)[]> {
    if (!this.redis.isCluster) return redis.mgetBuffer(...names);
    return Promise.all(names.map((name) => redis.getBuffer(name)));
  }

  /** Deletes what nobody asks for any more. What a failure leaves behind expires. */
  private async remove(generation: string): Promise<void> {
    const pattern = `${this.redis.prefix}cache:${generation}:*`;
    const servers = await this.use.ask((redis) => Promise.resolve(primariesOf(redis)));
    for (const server of servers ?? []) await this.removeFrom(server, pattern);
  }

  private async removeFrom(server: Redis, pattern: string): Promise<void> {
    let cursor = '0';
    do {
      const step = await this.redis.ask(
        () => server.scan(cursor, 'MATCH', pattern, 'COUNT', SCANNED),
        ignore,
      );
      if (step === undefined) return;
      const [next, names] = step;
      if (names.length > 0) await this.redis.ask(() => this.unlink(server, names), ignore);
      cursor = next;
    } while (cursor !== '0');
  }

  /** In a cluster keys of different slots are not taken together, wherever they lie. */
  private unlink(server: Redis, names: readonly string[]): Promise<unknown> {
    if (!this.redis.isCluster) return server.unlink(...names);
    return Promise.all(names.map((name) => server.unlink(name)));
  }
}

/** That somebody may not delete is no reason to keep nothing. */
function ignore(): void {
  // Nothing follows from it.
}

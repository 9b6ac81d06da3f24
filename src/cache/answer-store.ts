import { Injectable } from '@nestjs/common';
import { Peers } from '../storage/peers.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';
import type { StoredValue } from './stored-value.js';

const CHANNEL = 'cache-dropped';

/** Everything that is kept: in this process, and behind it in Redis, where there is one. */
@Injectable()
export class AnswerStore {
  constructor(
    private readonly memory: MemoryStore,
    private readonly redis: RedisStore,
    private readonly peers: Peers,
  ) {
    const drop = (): void => {
      memory.clear();
    };
    redis.whenCleared(drop);
    // Redis tells of it by itself, also when it was away; workers that have none hear of it here.
    peers.listen(CHANNEL, drop);
  }

  async get(key: string): Promise<StoredValue | undefined> {
    const [value] = await this.getAll([key]);
    return value;
  }

  /** In the order of the keys. Never rejects. */
  async getAll(keys: readonly string[]): Promise<readonly (StoredValue | undefined)[]> {
    const here = keys.map((key) => this.memory.get(key));
    const missing = keys.filter((_key, index) => here[index] === undefined);
    if (missing.length === 0) return here;
    const there = await this.redis.get(missing);
    const found = new Map(missing.map((key, index) => [key, there[index]]));
    for (const [key, value] of found) if (value !== undefined) this.memory.set(key, value);
    // What was kept while Redis was asked is here by now.
    return keys.map((key, index) => here[index] ?? found.get(key) ?? this.memory.get(key));
  }

  /** Redis gets it in its own time. Never rejects. */
  set(values: ReadonlyMap<string, StoredValue>): void {
    for (const [key, value] of values) this.memory.set(key, value);
    void this.redis.set(values);
  }

  /** Drops everything. True: at every replica; false: at the others as soon as Redis can be reached. */
  clear(): Promise<boolean> {
    this.memory.clear();
    void this.peers.tell(CHANNEL, null);
    return this.redis.clear();
  }
}

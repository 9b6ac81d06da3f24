import { Logger } from '@nestjs/common';
import { GatewayKeys } from '../../src/auth/gateway-keys.js';
import { KeyStore } from '../../src/auth/key-store.js';
import { StoredKeys } from '../../src/auth/stored-keys.js';
import type { Clock } from '../../src/common/clock.js';
import { Redactor } from '../../src/common/redactor.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ChangeFeed } from '../../src/storage/change-feed.js';
import { Database } from '../../src/storage/database.js';
import { RedisConnection } from '../../src/storage/redis-connection.js';
import { RedisPeers } from '../../src/storage/redis-peers.js';

/** The gateway keys of one process, down to its database, as the modules put them together. */
export interface OpenKeys {
  readonly database: Database;
  readonly feed: ChangeFeed;
  readonly store: KeyStore;
  readonly stored: StoredKeys;
  readonly keys: GatewayKeys;
  close(): Promise<void>;
}

export async function openKeys(databaseUrl: string, clock: Clock, redisUrl = ''): Promise<OpenKeys> {
  Logger.overrideLogger(false);
  const { settings } = readEnvironment({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl });
  const redactor = new Redactor();
  const database = new Database(settings, clock, redactor);
  const redis = new RedisConnection(settings, clock, redactor);
  const feed = new ChangeFeed(database, new RedisPeers(redis), clock, settings);
  const store = new KeyStore(database, feed);
  const stored = new StoredKeys(store, database, clock, feed);
  await database.onModuleInit();
  redis.onApplicationBootstrap();
  feed.onApplicationBootstrap();
  await stored.onApplicationBootstrap();
  return {
    database,
    feed,
    store,
    stored,
    keys: new GatewayKeys(stored, clock),
    close: async () => {
      stored.onModuleDestroy();
      feed.onModuleDestroy();
      redis.onModuleDestroy();
      await database.onApplicationShutdown();
    },
  };
}

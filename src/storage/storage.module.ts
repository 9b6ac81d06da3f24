import { Module } from '@nestjs/common';
import { PrimaryLink } from '../common/primary-link.js';
import { ChangeFeed } from './change-feed.js';
import { Database } from './database.js';
import { Peers } from './peers.js';
import { PrimaryPeers } from './primary-peers.js';
import { RedisConnection } from './redis-connection.js';
import { RedisPeers } from './redis-peers.js';
import { SpendStore } from './spend-store.js';
import { StoredSpending } from './stored-spending.js';

@Module({
  providers: [
    ChangeFeed,
    Database,
    RedisConnection,
    {
      provide: Peers,
      inject: [RedisConnection, PrimaryLink],
      // Redis reaches the workers of every replica, the primary those of one.
      useFactory: (redis: RedisConnection, { line }: PrimaryLink): Peers =>
        redis.isConfigured || line === undefined ? new RedisPeers(redis) : new PrimaryPeers(line),
    },
    { provide: SpendStore, useClass: StoredSpending },
  ],
  exports: [ChangeFeed, Database, Peers, RedisConnection, SpendStore],
})
export class StorageModule {}

import { Module } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';
import { Database } from './database.js';
import { RedisConnection } from './redis-connection.js';
import { SpendStore } from './spend-store.js';
import { StoredSpending } from './stored-spending.js';

@Module({
  providers: [ChangeFeed, Database, RedisConnection, { provide: SpendStore, useClass: StoredSpending }],
  exports: [ChangeFeed, Database, RedisConnection, SpendStore],
})
export class StorageModule {}

import { Module } from '@nestjs/common';
import { Database } from './database.js';
import { RedisConnection } from './redis-connection.js';
import { SpendStore } from './spend-store.js';
import { StoredSpending } from './stored-spending.js';

@Module({
  providers: [Database, RedisConnection, { provide: SpendStore, useClass: StoredSpending }],
  exports: [Database, RedisConnection, SpendStore],
})
export class StorageModule {}

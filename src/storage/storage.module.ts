import { Module } from '@nestjs/common';
import { Database } from './database.js';
import { RedisConnection } from './redis-connection.js';

@Module({ providers: [Database, RedisConnection], exports: [Database, RedisConnection] })
export class StorageModule {}

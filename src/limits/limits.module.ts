import { Module } from '@nestjs/common';
import { PrimaryLink } from '../common/primary-link.js';
import { RedisConnection } from '../storage/redis-connection.js';
import { StorageModule } from '../storage/storage.module.js';
import { Limiter } from './limiter.js';
import { LocalLimits } from './local-limits.js';
import { PrimaryLimits } from './primary-limits.js';
import { RedisLimits } from './redis-limits.js';
import { SharedLimits } from './shared-limits.js';
import { SpendLedger } from './spend-ledger.js';

/** Needs a `SpendStore`, from the storage module or from a global one. */
@Module({
  imports: [StorageModule],
  providers: [
    Limiter,
    LocalLimits,
    SpendLedger,
    {
      provide: SharedLimits,
      inject: [RedisConnection, PrimaryLink],
      // Redis has the workers of every replica on its books, the primary those of one.
      useFactory: (redis: RedisConnection, { line }: PrimaryLink): SharedLimits =>
        redis.isConfigured || line === undefined ? new RedisLimits(redis) : new PrimaryLimits(line),
    },
  ],
  exports: [Limiter, SpendLedger],
})
export class LimitsModule {}

import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { Limiter } from './limiter.js';
import { LocalLimits } from './local-limits.js';
import { SharedLimits } from './shared-limits.js';
import { SpendLedger } from './spend-ledger.js';

/** Needs a `SpendStore`, from the storage module or from a global one. */
@Module({
  imports: [StorageModule],
  providers: [Limiter, LocalLimits, SharedLimits, SpendLedger],
  exports: [Limiter, SpendLedger],
})
export class LimitsModule {}

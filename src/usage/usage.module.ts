import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { LogPartitions } from './log-partitions.js';
import { LogRetention } from './log-retention.js';
import { LogStore } from './log-store.js';
import { PriceBook } from './price-book.js';
import { TokenEstimator } from './token-estimator.js';

@Module({
  imports: [StorageModule],
  providers: [LogPartitions, LogRetention, LogStore, PriceBook, TokenEstimator],
  exports: [LogStore, PriceBook, TokenEstimator],
})
export class UsageModule {}

import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { LogPartitions } from './log-partitions.js';
import { LogRetention } from './log-retention.js';
import { LogStore } from './log-store.js';
import { PriceBook } from './price-book.js';
import { RequestReader } from './request-reader.js';
import { TokenEstimator } from './token-estimator.js';
import { UsageReader } from './usage-reader.js';

@Module({
  imports: [StorageModule],
  providers: [LogPartitions, LogRetention, LogStore, PriceBook, RequestReader, TokenEstimator, UsageReader],
  exports: [LogStore, PriceBook, RequestReader, TokenEstimator, UsageReader],
})
export class UsageModule {}

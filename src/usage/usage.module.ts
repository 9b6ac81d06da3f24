import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { LargestAnswers } from './largest-answers.js';
import { LogPartitions } from './log-partitions.js';
import { LogRetention } from './log-retention.js';
import { LogStore } from './log-store.js';
import { RequestLog } from './request-log.js';
import { PriceBook } from './price-book.js';
import { TokenEstimator } from './token-estimator.js';

@Module({
  imports: [StorageModule],
  providers: [LargestAnswers, LogPartitions, LogRetention, LogStore, PriceBook, RequestLog, TokenEstimator],
  exports: [LargestAnswers, LogStore, PriceBook, RequestLog, TokenEstimator],
})
export class UsageModule {}

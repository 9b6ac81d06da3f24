import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { KeyCosts } from './key-costs.js';
import { LargestAnswers } from './largest-answers.js';
import { LogPartitions } from './log-partitions.js';
import { LogRetention } from './log-retention.js';
import { LogStore } from './log-store.js';
import { Database } from '../storage/database.js';
import { SpillFolder, spillFolderFor } from './spill-folder.js';
import { RequestLog } from './request-log.js';
import { PriceBook } from './price-book.js';
import { RequestReader } from './request-reader.js';
import { TokenEstimator } from './token-estimator.js';
import { TokenizerThread } from './tokenizer-thread.js';
import { UsageReader } from './usage-reader.js';

@Module({
  imports: [StorageModule],
  providers: [
    KeyCosts,
    LargestAnswers,
    LogPartitions,
    LogRetention,
    LogStore,
    PriceBook,
    RequestLog,
    RequestReader,
    TokenEstimator,
    TokenizerThread,
    UsageReader,
    {
      provide: SpillFolder,
      inject: [Database],
      useFactory: (database: Database) => new SpillFolder(spillFolderFor(database)),
    },
  ],
  exports: [
    KeyCosts,
    LargestAnswers,
    LogStore,
    PriceBook,
    RequestLog,
    RequestReader,
    TokenEstimator,
    UsageReader,
  ],
})
export class UsageModule {}

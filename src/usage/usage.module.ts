import { Module } from '@nestjs/common';
import { LargestAnswers } from './largest-answers.js';
import { PriceBook } from './price-book.js';
import { TokenEstimator } from './token-estimator.js';

@Module({
  providers: [LargestAnswers, PriceBook, TokenEstimator],
  exports: [LargestAnswers, PriceBook, TokenEstimator],
})
export class UsageModule {}

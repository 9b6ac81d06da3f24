import { Module } from '@nestjs/common';
import { PriceBook } from './price-book.js';
import { TokenEstimator } from './token-estimator.js';

@Module({ providers: [PriceBook, TokenEstimator], exports: [PriceBook, TokenEstimator] })
export class UsageModule {}

import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { expect, test } from 'vitest';
import { makeKey } from '../../test/support/make-limiter.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { SqliteSpendStore } from '../../test/support/sqlite-spend-store.js';
import { Clock } from '../common/clock.js';
import { CommonModule } from '../common/common.module.js';
import { environment } from '../config/environment.js';
import { SpendStore } from '../storage/spend-store.js';
import { Limiter } from './limiter.js';
import { LimitsModule } from './limits.module.js';

@Global()
@Module({ providers: [{ provide: SpendStore, useClass: SqliteSpendStore }], exports: [SpendStore] })
class SpendModule {}

test('the module takes its store from a global module, and sweeps while the application runs', async () => {
  const clock = new ManualClock();
  const module = await Test.createTestingModule({
    imports: [
      CommonModule,
      ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [environment] }),
      SpendModule,
      LimitsModule,
    ],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  await module.init();
  const limiter = module.get(Limiter);
  const key = makeKey({ maxParallel: 1, budgetNano: 1 });
  await limiter.reserve(key, { tokens: 0, costNano: 1 }, () => false);
  expect(() => limiter.reserve(key, { tokens: 0, costNano: 0 }, () => false)).toThrow('1 are running');
  clock.advance(60_000);
  await limiter.reserve(key, { tokens: 0, costNano: 1 }, () => false);
  expect(clock.hasTimer(10_000)).toBe(true);
  await module.close();
  expect(clock.hasTimer(10_000)).toBe(false);
});

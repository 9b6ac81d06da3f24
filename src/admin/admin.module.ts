import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { CacheModule } from '../cache/cache.module.js';
import { CacheController } from './cache.controller.js';
import { ExplainController } from './explain.controller.js';
import { KeysController } from './keys.controller.js';
import { RequestsController } from './requests.controller.js';
import { RecordGauges } from './record-gauges.js';
import { TargetsController } from './targets.controller.js';
import { UsageController } from './usage.controller.js';

@Module({
  imports: [AuthModule, RoutingModule, UsageModule, CacheModule],
  controllers: [
    CacheController,
    ExplainController,
    KeysController,
    RequestsController,
    TargetsController,
    UsageController,
  ],
  providers: [RecordGauges],
})
export class AdminModule {}

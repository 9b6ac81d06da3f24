import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { ExplainController } from './explain.controller.js';
import { RecordGauges } from './record-gauges.js';
import { TargetsController } from './targets.controller.js';

@Module({
  imports: [AuthModule, RoutingModule, UsageModule],
  controllers: [ExplainController, TargetsController],
  providers: [RecordGauges],
})
export class AdminModule {}

import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { ExplainController } from './explain.controller.js';
import { RequestsController } from './requests.controller.js';
import { TargetsController } from './targets.controller.js';
import { UsageController } from './usage.controller.js';

@Module({
  imports: [AuthModule, RoutingModule, UsageModule],
  controllers: [ExplainController, RequestsController, TargetsController, UsageController],
})
export class AdminModule {}

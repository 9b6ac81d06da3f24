import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuthModule } from '../auth/auth.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { HealthController } from './health.controller.js';
import { ProviderHealth } from './provider-health.js';

@Module({
  imports: [TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }), AuthModule, RoutingModule],
  controllers: [HealthController],
  providers: [ProviderHealth],
})
export class HealthModule {}

import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RoutingModule } from '../routing/routing.module.js';
import { HealthController } from './health.controller.js';
import { ProviderHealth } from './provider-health.js';

@Module({
  imports: [TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }), RoutingModule],
  controllers: [HealthController],
  providers: [ProviderHealth],
})
export class HealthModule {}

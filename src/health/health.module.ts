import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuthModule } from '../auth/auth.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { HealthController } from './health.controller.js';
import { StorageModule } from '../storage/storage.module.js';
import { ProviderHealth } from './provider-health.js';
import { MetricsController } from './metrics.controller.js';
import { ProcessGauges } from './process-gauges.js';
import { ProviderGauges } from './provider-gauges.js';
import { ProviderReports } from './provider-reports.js';
import { StorageHealth } from './storage-health.js';

@Module({
  imports: [
    TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }),
    AuthModule,
    RoutingModule,
    StorageModule,
  ],
  controllers: [HealthController, MetricsController],
  providers: [ProcessGauges, ProviderGauges, ProviderHealth, ProviderReports, StorageHealth],
})
export class HealthModule {}

import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuthModule } from '../auth/auth.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { HealthController } from './health.controller.js';
import { StorageModule } from '../storage/storage.module.js';
import { ProviderHealth } from './provider-health.js';
import { RedisHealth } from './redis-health.js';

@Module({
  imports: [
    TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }),
    AuthModule,
    RoutingModule,
    StorageModule,
  ],
  controllers: [HealthController],
  providers: [ProviderHealth, RedisHealth],
})
export class HealthModule {}

import { Module } from '@nestjs/common';
import { ProvidersModule } from '../providers/providers.module.js';
import { FailoverService } from './failover.service.js';
import { KeyRotation } from './key-rotation.js';
import { LocalRestBook } from './local-rest-book.js';
import { ProviderStats } from './provider-stats.js';
import { RestBook } from './rest-book.js';
import { RouteTable } from './route-table.js';

@Module({
  imports: [ProvidersModule],
  providers: [
    FailoverService,
    KeyRotation,
    ProviderStats,
    RouteTable,
    { provide: RestBook, useClass: LocalRestBook },
  ],
  exports: [FailoverService, KeyRotation, ProviderStats, RestBook, RouteTable],
})
export class RoutingModule {}

import { Injectable } from '@nestjs/common';
import { Gauges, single } from '../common/gauges.js';
import { Database } from '../storage/database.js';
import { RedisConnection } from '../storage/redis-connection.js';
import { Load } from '../telemetry/load.js';

/** How busy the process is, and whether it reaches what it shares. */
@Injectable()
export class ProcessGauges {
  constructor(gauges: Gauges, load: Load, database: Database, redis: RedisConnection) {
    gauges.add(
      {
        name: 'sluice_in_flight_requests',
        help: 'Requests that were begun and have not ended, probes left out',
        type: 'gauge',
        labels: [],
        read: () => single(load.inFlight),
      },
      {
        name: 'sluice_draining',
        help: '1 while the process is on its way out',
        type: 'gauge',
        labels: [],
        across: 'max',
        read: () => single(Number(load.isDraining)),
      },
      {
        name: 'sluice_database_up',
        help: '1 while the database answers',
        type: 'gauge',
        labels: ['kind'],
        across: 'min',
        read: () => [{ labels: [database.dialect], value: Number(database.report.status === 'up') }],
      },
    );
    if (!redis.isConfigured) return;
    gauges.add(
      {
        name: 'sluice_redis_up',
        help: '1 while all state is shared through Redis; absent where Redis is not configured',
        type: 'gauge',
        labels: [],
        across: 'min',
        read: () => single(Number(redis.report.status === 'up')),
      },
      {
        name: 'sluice_redis_shared',
        help: '1 while this part of the state is shared through Redis; absent where Redis is not configured',
        type: 'gauge',
        labels: ['part'],
        across: 'min',
        read: () => redis.shared.map(({ name, isShared }) => ({ labels: [name], value: Number(isShared) })),
      },
    );
  }
}

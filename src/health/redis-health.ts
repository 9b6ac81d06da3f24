import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RedisConnection } from '../storage/redis-connection.js';

/** Shows whether state is shared with other replicas, where that is configured. Calls nobody. */
@Injectable()
export class RedisHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly redis: RedisConnection,
  ) {}

  get isConfigured(): boolean {
    return this.redis.isConfigured;
  }

  get status(): 'up' | 'down' {
    return this.redis.report.status;
  }

  /** As a Terminus result. Without Redis the gateway is in service all the same, so `down` is passed on as `degraded`. */
  indicate(): HealthIndicatorResult {
    const { status, since, reason } = this.redis.report;
    const session = this.indicators.check('redis');
    const report = { since: since === null ? null : new Date(since).toISOString(), reason };
    return status === 'up' ? session.up(report) : session.degraded(report);
  }
}

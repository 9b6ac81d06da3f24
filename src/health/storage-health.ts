import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Database } from '../storage/database.js';
import { RedisConnection } from '../storage/redis-connection.js';

/** A part that the process shares with other replicas. */
export interface SharedPart {
  readonly name: 'database' | 'redis';
  readonly status: 'up' | 'degraded' | 'down';
  /** As a Terminus result. Requests are served without it, so `down` is passed on as `degraded`. */
  indicate(): HealthIndicatorResult;
}

/** Shows whether the database can be used, and Redis where it is configured. Asks neither of them. */
@Injectable()
export class StorageHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly redis: RedisConnection,
  ) {}

  get parts(): readonly SharedPart[] {
    const database = this.part('database', this.database.report, { kind: this.database.dialect });
    return this.redis.isConfigured ? [database, this.part('redis', this.redis.report)] : [database];
  }

  private part(
    name: SharedPart['name'],
    report: {
      readonly status: 'up' | 'degraded' | 'down';
      /** Unix milliseconds. */
      readonly since: number | null;
      readonly reason: string | null;
    },
    more: Readonly<Record<string, string>> = {},
  ): SharedPart {
    const { status, since, reason } = report;
    return {
      name,
      status,
      indicate: () => {
        const shown = { ...more, since: since === null ? null : new Date(since).toISOString(), reason };
        const session = this.indicators.check(name);
        return status === 'up' ? session.up(shown) : session.degraded(shown);
      },
    };
  }
}

import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../storage/database.js';
import { toUnavailable } from '../storage/to-unavailable.js';
import { DAY_MS } from './usage-sums.js';

/** What one key spent on one model in one day (UTC). */
export interface DayCost {
  /** Its first millisecond. */
  readonly day: number;
  readonly model: string;
  /** Nano-dollars. */
  readonly costNano: number;
}

/** What single keys spent, day by day. */
@Injectable()
export class KeyCosts {
  constructor(private readonly database: Database) {}

  /**
   * @param from first millisecond of the first day
   * @param to first millisecond of the day after the last
   * @throws GatewayError when the database is away
   */
  async byDay(keyId: string, from: number, to: number): Promise<readonly DayCost[]> {
    try {
      const { rows } = await this.database.run((db) =>
        sql<DayCost>`SELECT day, model, sum(cost_nano) AS "costNano" FROM usage_daily
        WHERE key_id = ${keyId} AND day >= ${from - (from % DAY_MS)} AND day < ${to}
        GROUP BY day, model ORDER BY day, model`.execute(db),
      );
      return rows;
    } catch (error) {
      throw toUnavailable(error);
    }
  }
}

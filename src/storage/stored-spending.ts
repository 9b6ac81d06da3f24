import { Injectable } from '@nestjs/common';
import { Database } from './database.js';
import { SpendStore } from './spend-store.js';

const HOUR_MS = 3_600_000;

/** Spending as the sums of the request log have it. Periods of budgets begin at whole hours, as the sums do. */
@Injectable()
export class StoredSpending extends SpendStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async spentSince(keyId: string, sinceMs: number): Promise<number> {
    const from = Math.floor(sinceMs / HOUR_MS) * HOUR_MS;
    const row = await this.database.run((db) =>
      db
        .selectFrom('usage_hourly')
        .select((builder) => builder.fn.sum<number | null>('cost_nano').as('spent'))
        .where('key_id', '=', keyId)
        .where('hour', '>=', from)
        .executeTakeFirstOrThrow(),
    );
    return row.spent ?? 0;
  }
}

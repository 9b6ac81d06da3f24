import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who was passed over for a request and why, and an index of the requests for which nobody was asked at all. */
export const considered: Migration = {
  async up(db) {
    await db.schema.alterTable('request_log').addColumn('considered', 'text').execute();
    await db.schema
      .createIndex('request_log_passed_over')
      .on('request_log')
      .columns(['at', 'id'])
      .where(sql<boolean>`provider is null and considered is not null`)
      .execute();
  },
};

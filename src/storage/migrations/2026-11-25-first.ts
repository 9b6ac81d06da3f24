import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Migration } from 'kysely/migration';
import { dialectOf } from '../dialect-of.js';
import { LATENCY_BUCKETS, latencyColumn } from '../latency-buckets.js';

const AMOUNTS = [
  'input_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nano',
  'saved_nano',
] as const;

/** Of requests: two billion in a day is beyond any gateway. */
const COUNTS = ['requests', 'errors', 'cache_hits', 'unpriced', 'estimated'] as const;

/** Gateway keys, the request log with its bodies, and the sums for reports. */
export const first: Migration = {
  async up(db) {
    await createKeys(db);
    await createLog(db);
    await createUsage(db);
  },
};

async function createKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('gateway_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('secret_hash', 'text', (column) => column.notNull().unique())
    .addColumn('secret_hint', 'text', (column) => column.notNull())
    .addColumn('previous_hash', 'text')
    .addColumn('previous_until', 'bigint')
    .addColumn('models', 'text', (column) => column.notNull())
    .addColumn('requests_per_minute', 'bigint')
    .addColumn('tokens_per_minute', 'bigint')
    .addColumn('max_parallel', 'bigint')
    .addColumn('budget_nano', 'bigint')
    .addColumn('budget_period', 'text', (column) => column.notNull())
    .addColumn('shared_cache', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('gateway_keys_name')
    .unique()
    .on('gateway_keys')
    .column('name')
    .where(sql.ref('revoked_at'), 'is', null)
    .execute();
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  const isPostgres = dialectOf(db) === 'postgres';
  const text = textOf(db);
  // A partitioned table wants the partition's column in its primary key.
  const end = isPostgres ? sql`partition by range (at)` : sql``;
  await db.schema
    .createTable('request_log')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('request_id', text, (column) => column.notNull())
    .addColumn('key_id', text)
    .addColumn('key_name', text)
    .addColumn('format', text, (column) => column.notNull())
    .addColumn('stream', 'integer', (column) => column.notNull())
    .addColumn('requested_model', text)
    .addColumn('provider', text)
    .addColumn('model', text)
    .addColumn('status', 'integer', (column) => column.notNull())
    .addColumn('end_reason', text, (column) => column.notNull())
    .addColumn('error', text)
    .addColumn('attempts', text, (column) => column.notNull())
    .addColumn('input_tokens', 'bigint')
    .addColumn('cached_tokens', 'bigint')
    .addColumn('cache_write_tokens', 'bigint')
    .addColumn('output_tokens', 'bigint')
    .addColumn('reasoning_tokens', 'bigint')
    .addColumn('usage_source', text, (column) => column.notNull())
    .addColumn('cost_nano', 'bigint')
    .addColumn('price_version', text)
    .addColumn('cache', text, (column) => column.notNull())
    .addColumn('saved_nano', 'bigint')
    .addColumn('finish', text)
    .addColumn('queue_ms', 'integer', (column) => column.notNull())
    .addColumn('first_token_ms', 'integer')
    .addColumn('total_ms', 'integer', (column) => column.notNull())
    .addColumn('overhead_ms', 'double precision')
    .addPrimaryKeyConstraint('request_log_key', ['at', 'id'])
    .modifyEnd(end)
    .execute();
  for (const column of ['request_id', 'key_name', 'provider', 'model']) {
    await db.schema.createIndex(`request_log_${column}`).on('request_log').columns([column, 'at']).execute();
  }
  // Few rows, and every column that they are searched by: whatever else is asked of failures, no row has to be read.
  await db.schema
    .createIndex('request_log_failed')
    .on('request_log')
    .columns(['at', 'id', 'status', 'end_reason', 'key_name', 'provider', 'model'])
    .where(sql<boolean>`status >= 400 or end_reason <> 'done'`)
    .execute();
  await db.schema
    .createTable('request_bodies')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('request', 'text')
    .addColumn('response', 'text')
    .addPrimaryKeyConstraint('request_bodies_key', ['at', 'id'])
    .modifyEnd(end)
    .execute();
  await db.schema
    .createTable('counted_requests')
    .addColumn('id', text, (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('counted_requests_key', ['at', 'id'])
    .modifyEnd(isPostgres ? end : sql`without rowid`)
    .execute();
}

async function createUsage(db: Kysely<unknown>): Promise<void> {
  await createSums(db, 'usage_hourly', 'hour');
  await createSums(db, 'usage_daily', 'day');
  await db.schema
    .createIndex('usage_hourly_key_name')
    .on('usage_hourly')
    .columns(['key_name', 'hour'])
    .execute();
}

async function createSums(db: Kysely<unknown>, table: string, period: string): Promise<void> {
  const text = textOf(db);
  let sums = db.schema
    .createTable(table)
    .addColumn(period, 'bigint', (column) => column.notNull())
    .addColumn('key_id', text, (column) => column.notNull())
    .addColumn('key_name', text, (column) => column.notNull())
    .addColumn('provider', text, (column) => column.notNull())
    .addColumn('model', text, (column) => column.notNull());
  const latencies = Array.from({ length: LATENCY_BUCKETS }, (_, bucket) => latencyColumn(bucket));
  for (const amount of AMOUNTS) {
    sums = sums.addColumn(amount, 'bigint', (column) => column.notNull().defaultTo(0));
  }
  // PostgreSQL adds these up in half the time of larger numbers.
  for (const count of [...COUNTS, ...latencies]) {
    sums = sums.addColumn(count, 'integer', (column) => column.notNull().defaultTo(0));
  }
  await sums.addPrimaryKeyConstraint(`${table}_key`, [period, 'key_id', 'provider', 'model']).execute();
  await db.schema.createIndex(`${table}_key_id`).on(table).columns(['key_id', period]).execute();
}

/** Texts that are searched and sorted by: by their bytes, in both databases and in every locale. */
function textOf(db: Kysely<unknown>): RawBuilder<unknown> {
  return dialectOf(db) === 'postgres' ? sql`text collate "C"` : sql`text`;
}

import { sql, type Kysely } from 'kysely';
import type { Tables } from '../storage/tables.js';
import { CALL_COLUMNS, LOG_COLUMNS, ROW_COLUMNS, type EncodedBatch } from './encode-batch.js';
import { addToSums } from './usage-sums.js';

const LOG_NAMES = Object.keys(LOG_COLUMNS).join(', ');

const KEEP_ROWS = `INSERT INTO request_log (${LOG_NAMES}) SELECT ${LOG_NAMES} FROM batch
  WHERE NOT EXISTS (SELECT FROM counted_requests AS old WHERE old.at = batch.at AND old.id = batch.id)
  ORDER BY at, id ON CONFLICT (at, id) DO NOTHING RETURNING at, id`;

const KEEP_IDS = `INSERT INTO counted_requests (at, id) SELECT at, id FROM batch
  WHERE NOT EXISTS (SELECT FROM request_log AS old WHERE old.at = batch.at AND old.id = batch.id)
  ORDER BY at, id ON CONFLICT (at, id) DO NOTHING RETURNING at, id`;

const KEEP_BODIES = `, bodies AS (
  INSERT INTO request_bodies (at, id, request, response) SELECT at, id, request, response FROM counted
  WHERE request IS NOT NULL OR response IS NOT NULL ORDER BY at, id ON CONFLICT (at, id) DO NOTHING)`;

/** One statement: what is new is kept, and what is kept counts. */
function statement(keep: string, bodies: string): readonly [string, string, string] {
  return [
    `WITH batch AS MATERIALIZED (SELECT ${cells(ROW_COLUMNS)} FROM jsonb_array_elements(`,
    `::jsonb) AS list (item)
), calls AS MATERIALIZED (SELECT ${cells(CALL_COLUMNS)} FROM jsonb_array_elements(`,
    `::jsonb) AS list (item)
), kept AS (${keep}
), counted AS MATERIALIZED (SELECT batch.* FROM batch JOIN kept USING (at, id)
), spent AS MATERIALIZED (SELECT calls.* FROM calls JOIN kept USING (at, id)
), hours AS (${addToSums('usage_hourly', 'counted', 'spent')})${bodies}
${addToSums('usage_daily', 'counted', 'spent')}`,
  ];
}

function cells(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type], index) => `(item ->> ${index})::${type} AS ${name}`)
    .join(', ');
}

const WITH_ROWS = statement(KEEP_ROWS, KEEP_BODIES);
const SUMS_ALONE = statement(KEEP_IDS, '');

export async function writeToPostgres(db: Kysely<Tables>, batch: EncodedBatch, rows: boolean): Promise<void> {
  const [head, middle, tail] = rows ? WITH_ROWS : SUMS_ALONE;
  await sql`${sql.raw(head)}${batch.rows}${sql.raw(middle)}${batch.calls}${sql.raw(tail)}`.execute(db);
}

import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from '../storage/tables.js';
import { CALL_COLUMNS, LOG_COLUMNS, ROW_COLUMNS, type EncodedBatch } from './encode-batch.js';
import { addToSums } from './usage-sums.js';

const LOG_NAMES = Object.keys(LOG_COLUMNS).join(', ');

const IS_OLD = `EXISTS (SELECT 1 FROM request_log AS old WHERE old.at = batch.at AND old.id = batch.id)
  OR EXISTS (SELECT 1 FROM counted_requests AS old WHERE old.at = batch.at AND old.id = batch.id)`;

const MAKE_TABLES = [
  `CREATE TEMP TABLE IF NOT EXISTS batch (${Object.keys(ROW_COLUMNS).join(', ')})`,
  `CREATE TEMP TABLE IF NOT EXISTS calls (${Object.keys(CALL_COLUMNS).join(', ')})`,
];
const TAKE_ROWS = fill('batch', ROW_COLUMNS, 'rows');
const TAKE_CALLS = fill('calls', CALL_COLUMNS, 'calls');
const FORGET_OLD_ROWS = `DELETE FROM temp.batch AS batch WHERE ${IS_OLD}`;
const FORGET_OLD_CALLS = 'DELETE FROM temp.calls WHERE id NOT IN (SELECT id FROM temp.batch)';
const ADD_TO_SUMS = [
  addToSums('usage_hourly', 'temp.batch', 'temp.calls'),
  addToSums('usage_daily', 'temp.batch', 'temp.calls'),
];
const KEEP_ROWS = `INSERT INTO request_log (${LOG_NAMES}) SELECT ${LOG_NAMES} FROM temp.batch ORDER BY at, id`;
const KEEP_BODIES = `INSERT INTO request_bodies (at, id, request, response)
  SELECT at, id, request, response FROM temp.batch
  WHERE request IS NOT NULL OR response IS NOT NULL ORDER BY at, id`;
const KEEP_IDS = 'INSERT INTO counted_requests (at, id) SELECT at, id FROM temp.batch ORDER BY at, id';
const EMPTY_TABLES = ['DELETE FROM temp.batch', 'DELETE FROM temp.calls'];

/** Reads the JSON once, and each list in it as binary JSON, whose cells need no reading anew. */
function fill(table: string, columns: object, member: string): readonly [string, string] {
  const cells = Object.keys(columns).map((_, index) => `item ->> ${index}`);
  return [
    'WITH list AS MATERIALIZED (SELECT jsonb(value) AS item FROM json_each(',
    `, '$.${member}')) INSERT INTO temp.${table} SELECT ${cells.join(', ')} FROM list`,
  ];
}

/** One transaction in the thread of SQLite: what is old is forgotten, the rest counts and is kept. */
export async function writeToSqlite(db: Kysely<Tables>, batch: EncodedBatch, rows: boolean): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await run(transaction, MAKE_TABLES);
    await take(transaction, TAKE_ROWS, batch.json);
    await run(transaction, [FORGET_OLD_ROWS]);
    if (batch.hasCalls) {
      await take(transaction, TAKE_CALLS, batch.json);
      await run(transaction, [FORGET_OLD_CALLS]);
    }
    await run(transaction, [...ADD_TO_SUMS, rows ? KEEP_ROWS : KEEP_IDS]);
    if (rows && batch.hasBodies) await run(transaction, [KEEP_BODIES]);
    await run(transaction, EMPTY_TABLES);
  });
}

async function take(
  transaction: Transaction<Tables>,
  [head, tail]: readonly [string, string],
  json: string,
): Promise<void> {
  await sql`${sql.raw(head)}${json}${sql.raw(tail)}`.execute(transaction);
}

async function run(transaction: Transaction<Tables>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(transaction);
}

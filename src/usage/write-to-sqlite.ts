import { CompiledQuery, sql, type Kysely, type Transaction } from 'kysely';
import { forEachList } from '../storage/sqlite/for-each-list.js';
import type { Tables } from '../storage/tables.js';
import { CALL_COLUMNS, LOG_COLUMNS, ROW_COLUMNS, type EncodedBatch } from './encode-batch.js';
import { addSums, KEYED_COUNTS, sumsOfHours, sumsOfRequests } from './usage-sums.js';

const LOG_NAMES = Object.keys(LOG_COLUMNS).join(', ');

const IS_OLD = `EXISTS (SELECT 1 FROM request_log AS old WHERE old.at = batch.at AND old.id = batch.id)
  OR EXISTS (SELECT 1 FROM counted_requests AS old WHERE old.at = batch.at AND old.id = batch.id)`;

const MAKE_TABLES = [
  `CREATE TEMP TABLE IF NOT EXISTS batch (${declare(ROW_COLUMNS)})`,
  `CREATE TEMP TABLE IF NOT EXISTS calls (${declare(CALL_COLUMNS)})`,
  `CREATE TEMP TABLE IF NOT EXISTS sums (hour, ${KEYED_COUNTS})`,
];
const TAKE_ROWS = fill('batch', ROW_COLUMNS);
const TAKE_CALLS = fill('calls', CALL_COLUMNS);
const FORGET_OLD_ROWS = `DELETE FROM temp.batch AS batch WHERE ${IS_OLD}`;
const FORGET_OLD_CALLS = 'DELETE FROM temp.calls WHERE id NOT IN (SELECT id FROM temp.batch)';
const ADD_TO_SUMS = [
  `INSERT INTO temp.sums (hour, ${KEYED_COUNTS}) ${sumsOfRequests('hour', 'temp.batch', 'temp.calls')}`,
  addSums('usage_hourly', `SELECT hour, ${KEYED_COUNTS} FROM temp.sums`),
  addSums('usage_daily', sumsOfHours('temp.sums')),
];
const KEEP_ROWS = `INSERT INTO request_log (${LOG_NAMES}) SELECT ${LOG_NAMES} FROM temp.batch ORDER BY at, id`;
const KEEP_BODIES = `INSERT INTO request_bodies (at, id, request, response)
  SELECT at, id, request, response FROM temp.batch
  WHERE request IS NOT NULL OR response IS NOT NULL ORDER BY at, id`;
const KEEP_IDS = 'INSERT INTO counted_requests (at, id) SELECT at, id FROM temp.batch ORDER BY at, id';
const EMPTY_TABLES = ['batch', 'calls', 'sums'].map((table) => `DELETE FROM temp.${table}`);

function declare(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
}

/** Half of what SQL takes that reads the cells out of the JSON. */
function fill(table: string, columns: object): string {
  const cells = Object.keys(columns).map(() => '?');
  return forEachList(`INSERT INTO temp.${table} VALUES (${cells.join(', ')})`);
}

/** One transaction in the thread of SQLite: what is old is forgotten, the rest counts and is kept. */
export async function writeToSqlite(db: Kysely<Tables>, batch: EncodedBatch, rows: boolean): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await run(transaction, MAKE_TABLES);
    await transaction.executeQuery(CompiledQuery.raw(TAKE_ROWS, [batch.rows]));
    await run(transaction, [FORGET_OLD_ROWS]);
    if (batch.hasCalls) {
      await transaction.executeQuery(CompiledQuery.raw(TAKE_CALLS, [batch.calls]));
      await run(transaction, [FORGET_OLD_CALLS]);
    }
    await run(transaction, [...ADD_TO_SUMS, rows ? KEEP_ROWS : KEEP_IDS]);
    if (rows && batch.hasBodies) await run(transaction, [KEEP_BODIES]);
    await run(transaction, EMPTY_TABLES);
  });
}

async function run(transaction: Transaction<Tables>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(transaction);
}

import { runSql } from './built-code.ts';
import type { BuiltCode } from './built-code.ts';
import { DAY_MS, insertDay, NO_CALLS, POSTGRES, rowsForSums, SQLITE } from './synthetic-rows.ts';

const TABLES_OF_SUMS = ['usage_hourly', 'usage_daily'] as const;

/** Fills an empty database with days of rows that end with today, and their sums. */
export async function fill(
  code: BuiltCode,
  rows: number,
  days: number,
  tell: (line: string) => void,
): Promise<void> {
  const perDay = Math.ceil(rows / days);
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const list = Array.from({ length: days }, (_, index) => today - (days - 1 - index) * DAY_MS);
  if (code.database.dialect === 'postgres') await fillPostgres(code, list, perDay, tell);
  else await fillSqlite(code, list, perDay, tell);
}

async function fillPostgres(
  { database, addToSums }: BuiltCode,
  days: readonly number[],
  perDay: number,
  tell: (line: string) => void,
): Promise<void> {
  for (const day of days) {
    const name = `request_log_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
    await runSql(database, `DROP TABLE IF EXISTS ${name}`);
    await runSql(database, `CREATE TABLE ${name} (LIKE request_log INCLUDING DEFAULTS)`);
    await inParts(perDay, async (offset, count) => {
      await runSql(database, shifted(insertDay(POSTGRES, name, day, perDay), offset, count));
    });
    // The indexes are made here, which is faster than filling them row by row.
    await runSql(
      database,
      `ALTER TABLE request_log ATTACH PARTITION ${name} FOR VALUES FROM (${String(day)}) TO (${String(day + DAY_MS)})`,
    );
    await runSql(database, `ANALYZE ${name}`);
    for (const table of TABLES_OF_SUMS) {
      await runSql(database, addToSums(table, rowsForSums(POSTGRES, name), NO_CALLS));
    }
    tell(`${name} is filled`);
  }
  for (const table of TABLES_OF_SUMS) await runSql(database, `ANALYZE ${table}`);
}

/** Statements of the pool may not take long. */
async function inParts(rows: number, work: (offset: number, count: number) => Promise<void>): Promise<void> {
  const part = 50_000;
  for (let offset = 0; offset < rows; offset += part) await work(offset, Math.min(part, rows - offset));
}

/** The statement for a part of its serial numbers only. */
function shifted(statement: string, offset: number, count: number): string {
  return statement.replace(
    /generate_series\(0, \d+\)/,
    `generate_series(${String(offset)}, ${String(offset + count - 1)})`,
  );
}

async function fillSqlite(
  { database, addToSums }: BuiltCode,
  days: readonly number[],
  perDay: number,
  tell: (line: string) => void,
): Promise<void> {
  const indexes = await runSql(
    database,
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'request_log' AND sql IS NOT NULL",
  );
  for (const { name } of indexes) await runSql(database, `DROP INDEX ${String(name)}`);
  for (const day of days) {
    await runSql(database, insertDay(SQLITE, 'request_log', day, perDay));
    const from = `request_log WHERE at >= ${String(day)} AND at < ${String(day + DAY_MS)}`;
    for (const table of TABLES_OF_SUMS)
      await runSql(database, addToSums(table, rowsForSums(SQLITE, from), NO_CALLS));
    tell(`${new Date(day).toISOString().slice(0, 10)} is filled`);
  }
  for (const { name, sql } of indexes) {
    await runSql(database, String(sql));
    tell(`${String(name)} is made`);
  }
  await runSql(database, 'PRAGMA optimize = 0x10002');
}

import { sql, type Kysely } from 'kysely';
import type { Tables } from '../storage/tables.js';
import type { PartitionedTable } from './log-partitions.js';

/** So few that a writer in between waits for some milliseconds at most. */
export const PRUNE_STEP = 250;

/**
 * Deletes some of the rows before the limit, oldest first.
 * @param limit Unix milliseconds
 * @returns how many were deleted; fewer than `PRUNE_STEP`: there are no more
 */
export async function pruneStep(db: Kysely<Tables>, table: PartitionedTable, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM ${sql.table(table)} WHERE (at, id) IN (
      SELECT at, id FROM ${sql.table(table)} WHERE at < ${limit} ORDER BY at LIMIT ${sql.lit(PRUNE_STEP)}
    )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Looks at what has changed much, so that the plans of queries fit what is in the tables. */
export async function optimizeSqlite(db: Kysely<Tables>): Promise<void> {
  await sql`PRAGMA optimize`.execute(db);
}

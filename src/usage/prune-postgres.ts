import { sql, type Kysely, type Transaction } from 'kysely';
import type { Clock } from '../common/clock.js';
import type { Tables } from '../storage/tables.js';
import {
  PARTITIONED_TABLES,
  finishDetaching,
  listPartitions,
  partitionName,
  type PartitionedTable,
} from './log-partitions.js';
import { DAY_MS } from './usage-sums.js';

/** Two replicas that detach at once would wait for each other for nothing. */
const LOCK = sql`hashtext('sluice: retention of the request log')`;

/** How long readers are waited for. */
const PATIENCE_MS = 5_000;
/** SQLSTATE of a lock that was not to be had in time, and of a statement that was ended while it waited for one. */
const NOT_NOW: ReadonlySet<unknown> = new Set(['55P03', '57014']);

/**
 * Drops the days that ended before the limit of their table. Nobody who reads or writes waits: a partition is detached
 * while others work, and dropped when it is nobody's any more. What an earlier run left half done is finished.
 *
 * The lock belongs to a transaction that does nothing else, as behind a pooler a session may be another's by the next
 * statement.
 * @param limits Unix milliseconds
 * @returns names of what was dropped; nothing while another replica is at it, or somebody reads for long
 */
export async function prunePostgres(
  db: Kysely<Tables>,
  limits: Readonly<Record<PartitionedTable, number>>,
  clock: Clock,
): Promise<readonly string[]> {
  return db.transaction().execute(async (lock) => {
    const { rows } = await sql<{
      taken: boolean;
    }>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS taken`.execute(lock);
    if (rows[0]?.taken !== true) return [];
    try {
      const dropped: string[] = [];
      for (const table of PARTITIONED_TABLES) {
        dropped.push(...(await pruneTable(db, table, limits[table], clock)));
      }
      return dropped;
    } catch (error) {
      // Somebody reads for long. That is no fault of the database, and the next run goes on here.
      if (error instanceof Error && 'code' in error && NOT_NOW.has(error.code)) return [];
      throw error;
    }
  });
}

async function pruneTable(
  db: Kysely<Tables>,
  table: PartitionedTable,
  limit: number,
  clock: Clock,
): Promise<readonly string[]> {
  for (const { name, day, isPending } of await listPartitions(db, table)) {
    if (isPending) await soon(db, (transaction) => finishDetaching(transaction, table, name));
    else if (day + DAY_MS <= limit) await detach(db, table, name, clock);
  }
  const detached = await listDetached(db, table);
  for (const name of detached) {
    await soon(db, (transaction) => sql`DROP TABLE IF EXISTS ${sql.table(name)}`.execute(transaction));
  }
  return detached;
}

/**
 * What is detached in this way can be in no transaction, so no setting can go with it that a pooler would not leave to
 * somebody else: it is ended from another connection when it has waited for too long.
 */
async function detach(
  db: Kysely<Tables>,
  table: PartitionedTable,
  name: string,
  clock: Clock,
): Promise<void> {
  const statement = `ALTER TABLE "${table}" DETACH PARTITION "${name}" CONCURRENTLY`;
  const timer = clock.startTimer(PATIENCE_MS, () => {
    const ending = sql`SELECT pg_cancel_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'active' AND query = ${statement}`;
    ending.execute(db).catch(() => undefined);
  });
  try {
    await sql.raw(statement).execute(db);
  } finally {
    timer.cancel();
  }
}

/** In a transaction that waits for nobody longer than that. */
async function soon(
  db: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<unknown>,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`SET LOCAL lock_timeout = ${sql.lit(PATIENCE_MS)}`.execute(transaction);
    await work(transaction);
  });
}

/** Tables of a partition's name that are none any more. */
async function listDetached(db: Kysely<Tables>, table: PartitionedTable): Promise<readonly string[]> {
  const pattern = `^${partitionName(table, 0).replace(/\d+$/, '[0-9]{8}$')}`;
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND NOT relispartition AND relname ~ ${sql.lit(pattern)}
      AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = ${sql.lit(table)}::regclass)
    ORDER BY relname`.execute(db);
  return rows.map(({ name }) => name);
}

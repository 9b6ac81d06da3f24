import { sql, type Kysely } from 'kysely';
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

/** SQLSTATE of a lock that was not to be had in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Drops the days that ended before the limit of their table. Nobody who reads or writes waits: a partition is detached
 * while others work, and dropped when it is nobody's any more. What an earlier run left half done is finished.
 * @param limits Unix milliseconds
 * @returns names of what was dropped; nothing while another replica is at it, or somebody reads for long
 */
export async function prunePostgres(
  db: Kysely<Tables>,
  limits: Readonly<Record<PartitionedTable, number>>,
): Promise<readonly string[]> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ taken: boolean }>`SELECT pg_try_advisory_lock(${LOCK}) AS taken`.execute(
      connection,
    );
    if (rows[0]?.taken !== true) return [];
    try {
      await sql`SET lock_timeout = '5s'`.execute(connection);
      const dropped: string[] = [];
      for (const table of PARTITIONED_TABLES) {
        dropped.push(...(await pruneTable(connection, table, limits[table])));
      }
      return dropped;
    } catch (error) {
      // Somebody reads for long. That is no fault of the database, and the next run goes on here.
      if (error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE) return [];
      throw error;
    } finally {
      await sql`RESET lock_timeout`.execute(connection);
      await sql`SELECT pg_advisory_unlock(${LOCK})`.execute(connection);
    }
  });
}

async function pruneTable(
  connection: Kysely<Tables>,
  table: PartitionedTable,
  limit: number,
): Promise<readonly string[]> {
  for (const { name, day, isPending } of await listPartitions(connection, table)) {
    if (isPending) await finishDetaching(connection, table, name);
    else if (day + DAY_MS <= limit) {
      await sql`ALTER TABLE ${sql.table(table)} DETACH PARTITION ${sql.table(name)} CONCURRENTLY`.execute(
        connection,
      );
    }
  }
  const detached = await listDetached(connection, table);
  for (const name of detached) await sql`DROP TABLE IF EXISTS ${sql.table(name)}`.execute(connection);
  return detached;
}

/** Tables of a partition's name that are none any more. */
async function listDetached(connection: Kysely<Tables>, table: PartitionedTable): Promise<readonly string[]> {
  const pattern = `^${partitionName(table, 0).replace(/\d+$/, '[0-9]{8}$')}`;
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND NOT relispartition AND relname ~ ${sql.lit(pattern)}
      AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = ${sql.lit(table)}::regclass)
    ORDER BY relname`.execute(connection);
  return rows.map(({ name }) => name);
}

import { Injectable } from '@nestjs/common';
import { sql, type Kysely, type Transaction } from 'kysely';
import { Database } from '../storage/database.js';
import type { Tables } from '../storage/tables.js';
import { DAY_MS } from './usage-sums.js';

/** Tables that have one partition for each day (UTC) in PostgreSQL. Locks are taken in this order. */
export const PARTITIONED_TABLES = ['request_log', 'request_bodies', 'counted_requests'] as const;
export type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

/** `request_log_20260131` of its table and the first millisecond of its day. */
export function partitionName(table: PartitionedTable, day: number): string {
  return `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** Makes the partitions of PostgreSQL before rows need them. SQLite has none. */
@Injectable()
export class LogPartitions {
  private readonly known = new Set<number>();

  constructor(private readonly database: Database) {}

  /**
   * Makes what is missing. Writers of other days go on meanwhile, and of several replicas one makes it.
   * @param days their first milliseconds
   */
  async ensure(days: Iterable<number>): Promise<void> {
    if (this.database.dialect !== 'postgres') return;
    const missing = [...days].filter((day) => !this.known.has(day)).sort((one, other) => one - other);
    if (missing.length === 0) return;
    await this.database.run((db) =>
      db.transaction().execute(async (transaction) => {
        await sql`SET LOCAL lock_timeout = '10s'`.execute(transaction);
        for (const table of PARTITIONED_TABLES) await ensureOf(transaction, table, missing);
      }),
    );
    for (const day of missing) this.known.add(day);
  }

  /** Looks anew at the next turn: another replica has dropped some. */
  forget(): void {
    this.known.clear();
  }
}

async function ensureOf(
  transaction: Transaction<Tables>,
  table: PartitionedTable,
  days: readonly number[],
): Promise<void> {
  if (withoutThose(days, await listPartitions(transaction, table)).length === 0) return;
  // Held by one replica at a time, and in nobody's way who reads or writes. Taken before anything weaker: a partition
  // that is being detached waits for whoever has touched the table.
  await sql`LOCK TABLE ONLY ${sql.table(table)} IN SHARE UPDATE EXCLUSIVE MODE`.execute(transaction);
  const found = await listPartitions(transaction, table);
  for (const day of withoutThose(days, found)) {
    const name = partitionName(table, day);
    const partition = sql.table(name);
    // One that was too old: its end was interrupted.
    if (found.some((other) => other.name === name)) await finishDetaching(transaction, table, name);
    await sql`DROP TABLE IF EXISTS ${partition}`.execute(transaction);
    await sql`CREATE TABLE ${partition} (LIKE ${sql.table(table)} INCLUDING ALL)`.execute(transaction);
    await sql`ALTER TABLE ${sql.table(table)} ATTACH PARTITION ${partition}
      FOR VALUES FROM (${sql.lit(day)}) TO (${sql.lit(day + DAY_MS)})`.execute(transaction);
  }
}

function withoutThose(days: readonly number[], partitions: readonly Partition[]): readonly number[] {
  const usable = new Set(partitions.filter(({ isPending }) => !isPending).map(({ day }) => day));
  return days.filter((day) => !usable.has(day));
}

export interface Partition {
  readonly name: string;
  /** The first millisecond of its day. */
  readonly day: number;
  /** Somebody began to detach it. */
  readonly isPending: boolean;
}

/** Partitions that a table has, oldest first. */
export async function listPartitions(db: Kysely<Tables>, table: PartitionedTable): Promise<Partition[]> {
  const { rows } = await sql<{ name: string; pending: boolean }>`
    SELECT child.relname AS name, link.inhdetachpending AS pending
    FROM pg_inherits AS link JOIN pg_class AS child ON child.oid = link.inhrelid
    WHERE link.inhparent = ${sql.lit(table)}::regclass ORDER BY child.relname`.execute(db);
  return rows.map(({ name, pending }) => ({ name, day: dayOf(name), isPending: pending }));
}

/** Ends what an interrupted `DETACH ... CONCURRENTLY` began. */
export async function finishDetaching(
  db: Kysely<Tables>,
  table: PartitionedTable,
  name: string,
): Promise<void> {
  await sql`ALTER TABLE ${sql.table(table)} DETACH PARTITION ${sql.table(name)} FINALIZE`.execute(db);
}

function dayOf(name: string): number {
  const [, year, month, day] = /_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
}

import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { dialectOf } from './dialect-of.js';
import { first } from './migrations/2026-11-25-first.js';
import { changeMarks } from './migrations/2026-11-26-change-marks.js';
import { lockMigrations } from './postgres-migration-lock.js';
import { considered } from './migrations/2026-12-01-considered.js';
import type { Tables } from './tables.js';

/** By name, in their order. One that has been released is never changed: a new one follows it. */
const MIGRATIONS = {
  '2026-11-25-first': first,
  '2026-11-26-change-marks': changeMarks,
  '2026-12-01-considered': considered,
};

/**
 * Brings the schema up to date. Safe with many replicas at once: one does it under a lock, the others find it done.
 * @returns the names of what was done now
 */
export async function migrate(db: Kysely<Tables>): Promise<readonly string[]> {
  if (dialectOf(db) === 'sqlite') return run(db);
  return db.transaction().execute(async (transaction) => {
    await lockMigrations(transaction);
    return run(transaction);
  });
}

/** Whether the database was a new one. @param done what `migrate` says that it did */
export function isWholeSchema(done: readonly string[]): boolean {
  return done.length === Object.keys(MIGRATIONS).length;
}

async function run(db: Kysely<Tables>): Promise<readonly string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
    migrationTableName: 'schema_migrations',
    migrationLockTableName: 'schema_migrations_lock',
  });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error('the migration failed', { cause: error });
  return results.map(({ migrationName }) => migrationName);
}

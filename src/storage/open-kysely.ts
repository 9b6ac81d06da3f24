import { Kysely } from 'kysely';
import { readDatabaseUrl } from '../config/database-url.js';
import { postgresDialect } from './postgres-dialect.js';
import { sqliteDialect } from './sqlite/sqlite-dialect.js';
import type { Tables } from './tables.js';

/** @param onIdleError hears of PostgreSQL connections that break while nobody uses them */
export function openKysely(url: string, onIdleError: (error: Error) => void): Kysely<Tables> {
  const location = readDatabaseUrl(url);
  return new Kysely<Tables>({
    dialect:
      location.dialect === 'postgres' ? postgresDialect(location, onIdleError) : sqliteDialect(location.path),
  });
}

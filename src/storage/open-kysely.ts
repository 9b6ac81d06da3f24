import { Kysely } from 'kysely';
import type { DialectName } from './dialect-of.js';
import { postgresDialect } from './postgres-dialect.js';
import { sqliteDialect } from './sqlite/sqlite-dialect.js';
import type { Tables } from './tables.js';

const SQLITE = 'sqlite:';

export interface DatabaseLocation {
  readonly dialect: DialectName;
  /** Tells it from others. */
  readonly name: string;
  /** Of the SQLite file; absent for PostgreSQL. */
  readonly path: string | undefined;
  /** Empty when the URL has none. */
  readonly password: string;
}

/** Takes a checked `DATABASE_URL` apart. */
export function readDatabaseUrl(url: string): DatabaseLocation {
  if (url.startsWith(SQLITE)) {
    const path = url.slice(SQLITE.length);
    return { dialect: 'sqlite', path, name: path, password: '' };
  }
  const { password, host, pathname } = new URL(url);
  return {
    dialect: 'postgres',
    path: undefined,
    name: host + pathname,
    password: decodeURIComponent(password),
  };
}

/** @param onIdleError hears of PostgreSQL connections that break while nobody uses them */
export function openKysely(url: string, onIdleError: (error: Error) => void): Kysely<Tables> {
  const { path } = readDatabaseUrl(url);
  return new Kysely<Tables>({
    dialect: path === undefined ? postgresDialect(url, onIdleError) : sqliteDialect(path),
  });
}

import type { Dialect } from 'kysely';
import pg from 'pg';
import type { PostgresLocation } from '../config/database-url.js';
import { PostgresClient } from './postgres-client.js';
import { PooledPostgresDialect } from './postgres-migration-lock.js';

const CONNECT_MS = 2_000;
/** After the server should have given the statement up by itself. */
const ANSWER_MS = 32_000;

/** `int8`, and `numeric`, which sums of it are. */
const WHOLE_NUMBERS: ReadonlySet<number> = new Set([20, 1_700]);

/** Whole numbers up to 2^53, which counts, nano-dollars and times stay far below, are read as numbers and not as text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): unknown =>
    WHOLE_NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * What a connection of the pool, and the one that listens, is made with: nothing that a pooler does not take. Settings
 * of a session come with each transaction.
 */
export function postgresOptions({ url }: PostgresLocation): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: 'sluice',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
}

/** @param onError hears of connections that break while nobody uses them */
export function postgresDialect(location: PostgresLocation, onError: (error: Error) => void): Dialect {
  const { poolSize, connectionAgeMs, timeouts } = location;
  const pool = new pg.Pool({
    ...postgresOptions(location),
    max: poolSize,
    maxLifetimeSeconds: connectionAgeMs / 1_000,
    query_timeout: Math.max(ANSWER_MS, (timeouts['statement_timeout'] ?? 0) + CONNECT_MS),
    allowExitOnIdle: true,
  });
  pool.on('error', onError);
  // The pool listens to a connection while it lies idle. One that breaks in the middle of a statement fails that
  // statement, and would end the process besides if nobody listened to it.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  const settings = Object.entries(timeouts)
    .map(([name, milliseconds]) => `set local ${name}=${String(milliseconds)}`)
    .join(';');
  return new PooledPostgresDialect({
    pool: {
      options: pool.options,
      connect: async () => new PostgresClient(await pool.connect(), settings),
      end: () => pool.end(),
    },
  });
}

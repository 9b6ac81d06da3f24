import { PostgresDialect, type Dialect } from 'kysely';
import pg from 'pg';

const POOL_SIZE = 8;
const CONNECT_MS = 2_000;
/** No statement of ours takes longer; one that does is given up rather than holding a connection for ever. */
const STATEMENT_MS = 30_000;

/** `int8`, and `numeric`, which sums of it are. */
const WHOLE_NUMBERS: ReadonlySet<number> = new Set([20, 1_700]);

/** Whole numbers up to 2^53, which counts, nano-dollars and times stay far below, are read as numbers and not as text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): unknown =>
    WHOLE_NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format),
};

/** What a connection of the pool, and the one that listens, is made with. */
export function postgresOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: 'sluice',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
}

/** @param onError hears of connections that break while nobody uses them */
export function postgresDialect(url: string, onError: (error: Error) => void): Dialect {
  const pool = new pg.Pool({
    ...postgresOptions(url),
    max: POOL_SIZE,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + CONNECT_MS,
    allowExitOnIdle: true,
  });
  pool.on('error', onError);
  // The pool listens to a connection while it lies idle. One that breaks in the middle of a statement fails that
  // statement, and would end the process besides if nobody listened to it.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return new PostgresDialect({ pool });
}

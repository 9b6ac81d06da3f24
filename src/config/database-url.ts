import { parseDuration } from './duration.js';

const SQLITE = 'sqlite:';
const MOST_CONNECTIONS = 1_000;
/** Of a connection: whatever stands between us and PostgreSQL drops older ones, and a name may have a new address. */
const CONNECTION_AGE_MS = 300_000;
/** No statement of ours takes longer; one that does is given up rather than holding a connection for ever. */
const STATEMENT_MS = 30_000;

export interface SqliteLocation {
  readonly dialect: 'sqlite';
  /** Tells it from others. */
  readonly name: string;
  readonly path: string;
}

export interface PostgresLocation {
  readonly dialect: 'postgres';
  /** Tells it from others: where it is reached, without user and password. */
  readonly name: string;
  /** For the client, without the parameters that are ours. */
  readonly url: string;
  /** Empty when there is none. */
  readonly password: string;
  readonly poolSize: number;
  readonly connectionAgeMs: number;
  /**
   * Settings of PostgreSQL, in milliseconds. They go with each transaction: poolers take them neither when a connection
   * is made, nor keep them for a session.
   */
  readonly timeouts: Readonly<Record<string, number>>;
}

export type DatabaseLocation = SqliteLocation | PostgresLocation;

const DATABASE_URL_WORDS = 'sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE';

/**
 * Takes `DATABASE_URL` apart.
 * @throws Error that says what is expected of it
 */
export function readDatabaseUrl(text: string): DatabaseLocation {
  if (text.startsWith(SQLITE)) {
    const path = text.slice(SQLITE.length);
    if (path === '') throw new Error(DATABASE_URL_WORDS);
    return { dialect: 'sqlite', path, name: path };
  }
  const url = /^postgres(?:ql)?:\/\//.test(text) ? URL.parse(text) : null;
  const password = url === null ? undefined : decoded(url.password);
  if (url === null || password === undefined) throw new Error(DATABASE_URL_WORDS);
  const taken = (name: string): string | undefined => {
    const value = url.searchParams.get(name);
    if (value === null) return undefined;
    url.searchParams.delete(name);
    return value;
  };
  // One connection holds the lock under which another works.
  const poolSize = wholeNumber('pool_size', taken('pool_size') ?? '8', 2, MOST_CONNECTIONS);
  const age = taken('max_connection_age');
  const connectionAgeMs = age === undefined ? CONNECTION_AGE_MS : parseDuration(age);
  if (connectionAgeMs === undefined || connectionAgeMs < 1_000 || connectionAgeMs > 86_400_000)
    throw new Error('max_connection_age to be a duration from 1s to 1d');
  const timeouts: Record<string, number> = { statement_timeout: STATEMENT_MS };
  for (const name of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) {
    const value = taken(name);
    if (value !== undefined) timeouts[name] = wholeNumber(name, value, 0, 2 ** 31 - 1);
  }
  return {
    dialect: 'postgres',
    name: url.host + url.pathname,
    url: url.href,
    password,
    poolSize,
    connectionAgeMs,
    timeouts,
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`${name} to be a whole number from ${String(least)} to ${String(most)}`);
}

/** `undefined` where a stray percent sign stands. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

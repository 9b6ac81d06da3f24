import type { Line } from '../../src/common/line.js';
import { Redactor } from '../../src/common/redactor.js';
import type { KeyLimits, LimitedKey } from '../../src/limits/limited-key.js';
import { Limiter } from '../../src/limits/limiter.js';
import { LocalLimits } from '../../src/limits/local-limits.js';
import { PrimaryLimits } from '../../src/limits/primary-limits.js';
import { RedisLimits } from '../../src/limits/redis-limits.js';
import { SpendLedger } from '../../src/limits/spend-ledger.js';
import { RedisConnection } from '../../src/storage/redis-connection.js';
import { ManualClock } from './manual-clock.js';
import { SqliteSpendStore } from './sqlite-spend-store.js';

export interface TestLimiter {
  readonly limiter: Limiter;
  readonly ledger: SpendLedger;
  readonly store: SqliteSpendStore;
  readonly redis: RedisConnection;
}

export interface LimiterOptions {
  readonly redisUrl?: string;
  /** That of the connection: as long as it stands still, Redis has all the time it takes to answer. */
  readonly redisClock?: ManualClock;
  readonly store?: SqliteSpendStore;
  /** To the primary, of which it is a worker. */
  readonly line?: Line;
}

/** The limiter of one process, started. */
export function makeLimiter(
  clock: ManualClock,
  { redisUrl, redisClock = new ManualClock(), store = new SqliteSpendStore(), line }: LimiterOptions = {},
): TestLimiter {
  const environment = { port: 0, host: '127.0.0.1', configPath: '', configPathGiven: false };
  const redis = new RedisConnection(
    { ...environment, databaseUrl: 'sqlite::memory:', workers: 1, logLevel: 'silent', redisUrl },
    redisClock,
    new Redactor(),
  );
  const shared = line === undefined ? new RedisLimits(redis) : new PrimaryLimits(line);
  const ledger = new SpendLedger(store, clock);
  const limiter = new Limiter(new LocalLimits(ledger, clock), shared, ledger, clock);
  limiter.onApplicationBootstrap();
  redis.onApplicationBootstrap();
  return { limiter, ledger, store, redis };
}

export function makeKey(limits: Partial<KeyLimits>, id = 'team-a'): LimitedKey {
  return { id, name: id, limits: { budgetPeriod: 'month', ...limits } };
}

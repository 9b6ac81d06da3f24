import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisLocation } from '../config/redis-url.js';

/** One server, or a cluster of them: commands are the same. */
export type RedisClient = Redis | Cluster;

const LONGEST_RECONNECT_MS = 2_000;
const SLOTS_REFRESH_MS = 5_000;
/** After so many attempts in vain a node of a cluster is looked for where `REDIS_URL` says. */
const NODE_ATTEMPTS = 10;

const retryStrategy = (times: number): number =>
  Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RECONNECT_MS);

const COMMON = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  connectTimeout: 2_000,
  // Finds connections whose other end has gone without a word.
  socketTimeout: 5_000,
  // After a managed failover the old address leads to a replica; a new connection finds the new primary.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  disconnectTimeout: 100,
  // What every proxy and every older server speaks; it lacks nothing that is needed here.
  protocol: 2,
  // Whether a server is of use is asked by probes, whose commands are those that are needed. INFO may be forbidden.
  enableReadyCheck: false,
} satisfies RedisOptions;

/** A client that is not connected yet, waits for nothing and gives up at once what it cannot send. */
export function makeRedisClient(location: RedisLocation): RedisClient {
  const options = { ...COMMON, lazyConnect: true, enableOfflineQueue: false, retryStrategy };
  if (location.kind === 'plain') return new Redis(location.url, options);
  const { username, password, isTls } = location;
  const access = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
  };
  if (location.kind === 'cluster') {
    return new Cluster([...location.nodes], {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: retryStrategy,
      clusterNodeRetryStrategy: (times) => (times > NODE_ATTEMPTS ? null : retryStrategy(times)),
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      // Whoever asked has gone on after 50 ms: what comes later than that would be booked for nothing.
      maxRedirections: 4,
      retryDelayOnFailover: 10,
      retryDelayOnClusterDown: 0,
      retryDelayOnTryAgain: 10,
      // Names stay names, for certificates are made out to them.
      dnsLookup: (address, callback) => {
        callback(null, address);
      },
      redisOptions: { ...COMMON, ...access },
    });
  }
  const { nodes, master, database, sentinelUsername, sentinelPassword } = location;
  return new Redis({
    ...options,
    ...access,
    sentinels: [...nodes],
    name: master,
    db: database,
    role: 'master',
    // It tells a primary from one that has just been replaced.
    enableReadyCheck: true,
    sentinelRetryStrategy: retryStrategy,
    sentinelCommandTimeout: 2_000,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(isTls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  });
}

/** Every server that takes writes, where it must be known which one a command is for. */
export function primariesOf(client: RedisClient): readonly Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

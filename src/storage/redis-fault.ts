import { ReplyError } from 'ioredis';

/** These pass: the server is about to be useful again, or another takes its place. */
const PASSING = /^(?:LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|NOREPLICAS|OOM)\b/;
const OF_A_CLUSTER = /^(?:MOVED|ASK)\b/;
const CLUSTER_WORDS =
  'REDIS_URL names a node of a Redis Cluster as if it were alone; write it as redis+cluster://HOST:PORT';

/** Why a command has no answer. */
export interface RedisFault {
  readonly reason: string;
  /** The server is there and says no, and would again. */
  readonly isRefusal: boolean;
}

export const NODE_OF_A_CLUSTER: RedisFault = { reason: CLUSTER_WORDS, isRefusal: true };

export function toRedisFault(error: unknown): RedisFault {
  if (!(error instanceof Error)) return { reason: String(error), isRefusal: false };
  if (error instanceof ReplyError && OF_A_CLUSTER.test(error.message)) return NODE_OF_A_CLUSTER;
  // What all nodes of a cluster failed with stands behind what the client says of it.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error)
    return toRedisFault(error.lastNodeError);
  return {
    // The error of a name with several addresses has an empty message.
    reason: error.message || ('code' in error ? String(error.code) : error.name),
    isRefusal: error instanceof ReplyError && !PASSING.test(error.message),
  };
}

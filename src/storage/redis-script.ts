import { hash } from 'node:crypto';
import { primariesOf, type RedisClient } from './redis-client.js';

/** A Lua script, which Redis runs as one command: nothing comes in between. */
export class RedisScript {
  private readonly digest: string;

  constructor(private readonly text: string) {
    this.digest = hash('sha1', text);
  }

  /**
   * Makes it known to Redis. A script that is not known is run later than what was sent after it, which is why those
   * whose order matters are loaded whenever Redis can be used again. Never rejects: where it may not be loaded it may
   * still be run.
   */
  async load(redis: RedisClient): Promise<void> {
    await Promise.allSettled(primariesOf(redis).map((server) => server.script('LOAD', this.text)));
  }

  /** By its digest, as Redis remembers scripts; where it does not know this one (yet, or any more), with its text. */
  async run(
    redis: RedisClient,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    const words = [...keys, ...values];
    try {
      return await redis.evalsha(this.digest, keys.length, ...words);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await redis.eval(this.text, keys.length, ...words);
    }
  }
}

import type { Redis } from 'ioredis';
import { hash } from 'node:crypto';

/** A Lua script, which Redis runs as one command: nothing comes in between. */
export class RedisScript {
  private readonly digest: string;

  constructor(private readonly text: string) {
    this.digest = hash('sha1', text);
  }

  /**
   * Makes it known to Redis. A script that is not known is run later than what was sent after it, which is why those
   * whose order matters are loaded whenever Redis can be used again.
   */
  load(redis: Redis): Promise<unknown> {
    return redis.script('LOAD', this.text);
  }

  /** By its digest, as Redis remembers scripts; where it does not know this one (yet, or any more), with its text. */
  async run(redis: Redis, keys: readonly string[], values: readonly (string | number)[]): Promise<unknown> {
    const words = [...keys, ...values];
    try {
      return await redis.evalsha(this.digest, keys.length, ...words);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return await redis.eval(this.text, keys.length, ...words);
    }
  }
}

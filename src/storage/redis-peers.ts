import { Peers, type MessageHandler } from './peers.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisUse } from './redis-use.js';

const PROBE_KEPT_MS = 5_000;

/** Replicas that share a Redis. What they keep is a hash of the channel's name. */
export class RedisPeers extends Peers {
  private readonly use: RedisUse;

  constructor(private readonly redis: RedisConnection) {
    super();
    const probe = this.nameOf(`peers-probe:${redis.origin}`);
    this.use = redis.use({
      name: 'peers',
      words: 'cooldowns, calls in flight and changes of keys',
      check: (commands) =>
        Promise.all([
          commands.hset(probe, { one: '1', two: '2' }),
          commands.hdel(probe, 'two'),
          commands.hgetall(probe),
          commands.pexpire(probe, PROBE_KEPT_MS),
          redis.echo(commands),
        ]),
    });
  }

  override get isConfigured(): boolean {
    return this.redis.isConfigured;
  }

  override get isUsable(): boolean {
    return this.use.isUsable;
  }

  override listen(channel: string, handler: MessageHandler): void {
    this.redis.listen(channel, handler);
  }

  override onUp(handler: () => void): void {
    this.use.onUp(handler);
  }

  override async tell(
    channel: string,
    body: unknown,
    kept?: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.use.ask((redis) =>
      Promise.all([
        ...(kept === undefined ? [] : [redis.hset(this.nameOf(channel), kept)]),
        this.redis.publish(redis, channel, body),
      ]),
    );
  }

  override recall(channel: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.use.ask((redis) => redis.hgetall(this.nameOf(channel)));
  }

  override async forget(channel: string, names: readonly string[]): Promise<void> {
    await this.use.ask((redis) => redis.hdel(this.nameOf(channel), ...names));
  }

  private nameOf(channel: string): string {
    return this.redis.prefix + channel;
  }
}

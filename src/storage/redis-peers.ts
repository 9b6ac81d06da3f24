import { Peers, type MessageHandler } from './peers.js';
import type { RedisConnection } from './redis-connection.js';

/** Replicas that share a Redis. What they keep is a hash of the channel's name. */
export class RedisPeers extends Peers {
  constructor(private readonly redis: RedisConnection) {
    super();
  }

  override get isConfigured(): boolean {
    return this.redis.isConfigured;
  }

  override get isUsable(): boolean {
    return this.redis.isUsable;
  }

  override listen(channel: string, handler: MessageHandler): void {
    this.redis.listen(channel, handler);
  }

  override onUp(handler: () => void): void {
    this.redis.onUp(handler);
  }

  override async tell(
    channel: string,
    body: unknown,
    kept?: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.redis.ask((redis) =>
      Promise.all([
        ...(kept === undefined ? [] : [redis.hset(this.nameOf(channel), kept)]),
        this.redis.publish(redis, channel, body),
      ]),
    );
  }

  override recall(channel: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.redis.ask((redis) => redis.hgetall(this.nameOf(channel)));
  }

  override async forget(channel: string, names: readonly string[]): Promise<void> {
    await this.redis.ask((redis) => redis.hdel(this.nameOf(channel), ...names));
  }

  private nameOf(channel: string): string {
    return this.redis.prefix + channel;
  }
}

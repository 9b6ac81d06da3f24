import { Cluster } from 'ioredis';
import type { MessageHandler } from './peers.js';
import type { RedisClient } from './redis-client.js';

const MOST_SILENT_ECHOES = 5;

/** What Redis messages are made of; `origin` names the process that sent it. */
interface Envelope {
  readonly origin: string;
  readonly body: unknown;
}

/** What processes tell each other through Redis, and whether it arrives. */
export class RedisChannels {
  private readonly listeners = new Map<string, MessageHandler>();
  private readonly echoChannel: string;
  private readonly echoes = new Set<() => void>();
  private isOpen = false;
  private silentEchoes = 0;

  /** @param origin names this process */
  constructor(
    private readonly prefix: string,
    private readonly origin: string,
  ) {
    this.echoChannel = `${prefix}echo:${origin}`;
  }

  listen(channel: string, handler: MessageHandler): void {
    this.listeners.set(this.prefix + channel, handler);
  }

  publish(redis: RedisClient, channel: string, body: unknown): Promise<number> {
    const envelope: Envelope = { origin: this.origin, body };
    return redis.publish(this.prefix + channel, JSON.stringify(envelope));
  }

  /** To be called whenever the connection is a new one. Never rejects: `echo` tries again, and says why not. */
  async open(subscriber: RedisClient): Promise<void> {
    this.isOpen = false;
    await this.subscribe(subscriber).catch(() => undefined);
  }

  /** Whether what is published arrives. Waits for ever where it does not. */
  async echo(redis: RedisClient, subscriber: RedisClient): Promise<void> {
    if (!this.isOpen) await this.subscribe(subscriber);
    // Of the connection that a cluster's client listens on nobody else finds out that its other end has gone.
    if (subscriber instanceof Cluster && ++this.silentEchoes > MOST_SILENT_ECHOES) {
      this.silentEchoes = 0;
      subscriber.disconnect(true);
    }
    const heard = new Promise<void>((resolve) => this.echoes.add(resolve));
    await redis.publish(this.echoChannel, '');
    await heard;
    this.silentEchoes = 0;
  }

  /** A message of the connection that listens. */
  receive(channel: string, text: string): void {
    if (channel === this.echoChannel) {
      for (const heard of this.echoes) heard();
      this.echoes.clear();
      return;
    }
    const envelope = readEnvelope(text);
    if (envelope !== undefined && envelope.origin !== this.origin) {
      this.listeners.get(channel)?.(envelope.body, envelope.origin);
    }
  }

  private async subscribe(subscriber: RedisClient): Promise<void> {
    await subscriber.subscribe(this.echoChannel, ...this.listeners.keys());
    this.isOpen = true;
  }
}

function readEnvelope(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('origin' in value) || !('body' in value))
      return undefined;
    return typeof value.origin === 'string' ? { origin: value.origin, body: value.body } : undefined;
  } catch {
    return undefined;
  }
}

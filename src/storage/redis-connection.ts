import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Redis, RedisOptions } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { Clock, type ClockTimer } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { environment } from '../config/environment.js';
import type { MessageHandler } from './peers.js';
import { RedisBreaker, type RedisReport } from './redis-breaker.js';

/** Loads packages when they are needed: most gateways have no Redis, and no use for the memory of its client. */
const require = createRequire(import.meta.url);

/** What a command may take, waiting for the network included. */
const BUDGET_MS = 50;
/** How often Redis is asked whether it is there; after a failure nothing else is sent until it says so. */
const PROBE_MS = 1_000;
const LONGEST_RECONNECT_MS = 2_000;

const OPTIONS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  connectTimeout: 2_000,
  // Finds connections whose other end has gone without a word.
  socketTimeout: 5_000,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RECONNECT_MS),
  // After a managed failover the old address leads to a replica; a new connection finds the new primary.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  disconnectTimeout: 100,
} satisfies RedisOptions;

/** What Redis messages are made of; `origin` names the process that sent it. */
interface Envelope {
  readonly origin: string;
  readonly body: unknown;
}
type Outcome<Value> = { readonly value: Value } | { readonly reason: string };

/**
 * The way to Redis, when `REDIS_URL` is set. Nothing waits for it longer than 50 ms, the start and the shutdown
 * included, and while it is slow or away nothing is sent at all. Connects when the application starts.
 */
@Injectable()
export class RedisConnection implements OnApplicationBootstrap, OnModuleDestroy {
  /** Names this process to the others. */
  readonly origin = randomUUID();
  /** Keys and channels begin with it. Channels are common to all databases of a server, so the number is in it. */
  readonly prefix: string;
  private readonly commands: Redis | undefined;
  private readonly subscriber: Redis | undefined;
  private readonly breaker = new RedisBreaker(this.origin);
  private readonly listeners = new Map<string, MessageHandler>();
  private readonly onUps: (() => void)[] = [];
  private timer: ClockTimer | undefined;
  private isSubscribed = false;
  private isProbing = false;
  private isClosing = false;
  private lastError = 'no connection';

  constructor(
    @Inject(environment.KEY) { redisUrl }: ConfigType<typeof environment>,
    private readonly clock: Clock,
    redactor: Redactor,
  ) {
    if (redisUrl !== undefined) {
      redactor.learn([decodeURIComponent(new URL(redisUrl).password)]);
      this.commands = this.client(redisUrl);
      this.subscriber = this.client(redisUrl);
    }
    this.prefix = `sluice:${String(this.commands?.options.db ?? 0)}:`;
  }

  get isConfigured(): boolean {
    return this.commands !== undefined;
  }

  /** Commands are sent now; otherwise `ask` answers `undefined` at once. */
  get isUsable(): boolean {
    return this.breaker.isClosed;
  }

  get report(): RedisReport {
    return this.breaker.report;
  }

  /** Calls back with what other processes send to the channel. To be called before the application starts. */
  listen(channel: string, handler: MessageHandler): void {
    this.listeners.set(this.prefix + channel, handler);
  }

  /** Calls back whenever Redis can be used after it could not, the first time included. */
  onUp(handler: () => void): void {
    this.onUps.push(handler);
  }

  /** The answer; `undefined`: there is none within 50 ms, for whatever reason. Never rejects. */
  async ask<Value>(command: (redis: Redis) => Promise<Value>): Promise<Value | undefined> {
    if (this.commands === undefined || !this.breaker.isClosed) return undefined;
    const outcome = await this.withinBudget(command(this.commands));
    if ('value' in outcome) {
      this.breaker.succeeded();
      return outcome.value;
    }
    this.breaker.failed(outcome.reason, this.clock.now());
    return undefined;
  }

  /** For `ask`: tells the other processes. */
  publish(redis: Redis, channel: string, body: unknown): Promise<number> {
    const envelope: Envelope = { origin: this.origin, body };
    return redis.publish(this.prefix + channel, JSON.stringify(envelope));
  }

  onApplicationBootstrap(): void {
    const { commands, subscriber } = this;
    if (commands === undefined || subscriber === undefined) return;
    subscriber.on('message', (channel, text) => {
      this.receive(channel, text);
    });
    subscriber.on('ready', () => void this.subscribe(subscriber));
    commands.on('ready', () => void this.probe());
    // A failed attempt is told by its `close` event; ioredis goes on trying.
    for (const client of [commands, subscriber]) client.connect().catch(() => undefined);
    this.timer = this.clock.startTimer(PROBE_MS, () => {
      this.timer?.refresh();
      void this.probe(true);
    });
    this.timer.unref?.();
  }

  onModuleDestroy(): void {
    this.isClosing = true;
    this.timer?.cancel();
    this.commands?.disconnect();
    this.subscriber?.disconnect();
  }

  private client(url: string): Redis {
    const ioredis = require('ioredis') as typeof import('ioredis');
    const client = new ioredis.Redis(url, OPTIONS);
    client.on('error', (error) => {
      this.lastError = describe(error);
    });
    client.on('close', () => {
      if (client === this.subscriber) this.isSubscribed = false;
      if (!this.isClosing) this.breaker.disconnected(this.lastError, this.clock.now());
    });
    return client;
  }

  private async subscribe(subscriber: Redis): Promise<void> {
    try {
      if (this.listeners.size > 0) await subscriber.subscribe(...this.listeners.keys());
    } catch (error) {
      this.lastError = describe(error);
      return;
    }
    this.isSubscribed = true;
    await this.probe();
  }

  /** Asks both connections, the one for commands by a write, which a server that is full or read-only refuses. */
  private async probe(isOverdue = false): Promise<void> {
    const { commands, subscriber } = this;
    if (commands === undefined || subscriber === undefined || this.isProbing || this.isClosing) return;
    if (commands.status !== 'ready' || !this.isSubscribed) {
      if (isOverdue) this.breaker.disconnected(this.lastError, this.clock.now());
      return;
    }
    this.isProbing = true;
    const written = commands.set(`${this.prefix}probe`, this.origin, 'PX', PROBE_MS);
    const outcome = await this.withinBudget(Promise.all([written, subscriber.ping()]));
    this.isProbing = false;
    if ('reason' in outcome) this.breaker.probeFailed(outcome.reason, this.clock.now());
    else if (this.breaker.probeSucceeded(this.clock.now())) for (const onUp of this.onUps) onUp();
  }

  private receive(channel: string, text: string): void {
    const envelope = readEnvelope(text);
    if (envelope !== undefined && envelope.origin !== this.origin) {
      this.listeners.get(channel)?.(envelope.body, envelope.origin);
    }
  }

  private withinBudget<Value>(answer: Promise<Value>): Promise<Outcome<Value>> {
    return new Promise((resolve) => {
      const timer = this.clock.startTimer(BUDGET_MS, () => {
        // This process may have been what was slow: an answer that has arrived meanwhile is read first.
        setImmediate(resolve, { reason: `no answer within ${String(BUDGET_MS)} ms` });
      });
      answer
        .then(
          (value) => {
            resolve({ value });
          },
          (error: unknown) => {
            resolve({ reason: describe(error) });
          },
        )
        .finally(() => {
          timer.cancel();
        });
    });
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // The error of a name with several addresses has an empty message.
  return error.message || ('code' in error ? String(error.code) : error.name);
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

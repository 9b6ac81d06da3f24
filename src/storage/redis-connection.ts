import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Cluster } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { Clock, type ClockTimer } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { environment } from '../config/environment.js';
import { readRedisUrl, secretsOf } from '../config/redis-url.js';
import type { MessageHandler } from './peers.js';
import { RedisBreaker, type RedisReport } from './redis-breaker.js';
import { RedisChannels } from './redis-channels.js';
import { makeRedisClient, primariesOf, type RedisClient } from './redis-client.js';
import { NODE_OF_A_CLUSTER, toRedisFault, type RedisFault } from './redis-fault.js';
import { RedisUse, type RedisUseOptions } from './redis-use.js';

/** What a command may take, waiting for the network included. */
const BUDGET_MS = 50;
/** How often Redis is asked whether it is there; after a failure nothing else is sent until it says so. */
const PROBE_MS = 1_000;

type Outcome<Value> = { readonly value: Value } | { readonly fault: RedisFault };

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
  private readonly logger = new Logger('Redis');
  private readonly commands: RedisClient | undefined;
  /** A cluster's client has one in itself. */
  private readonly subscriber: RedisClient | undefined;
  private readonly breaker = new RedisBreaker(this.origin);
  private readonly uses: RedisUse[] = [];
  private readonly channels: RedisChannels;
  private timer: ClockTimer | undefined;
  /** The connection that listens has begun to. */
  private isSubscribed = false;
  private isProbing = false;
  private isClosing = false;
  /** The server is part of a cluster, and was not named as one. */
  private isNodeOfCluster: boolean | undefined;
  private lastError = 'no connection';

  constructor(
    @Inject(environment.KEY) { redisUrl }: ConfigType<typeof environment>,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
  ) {
    let database = 0;
    if (redisUrl !== undefined) {
      const location = readRedisUrl(redisUrl);
      redactor.learn(secretsOf(location));
      this.commands = this.client(makeRedisClient(location));
      this.subscriber =
        this.commands instanceof Cluster ? this.commands : this.client(makeRedisClient(location));
      if (!(this.commands instanceof Cluster)) database = this.commands.options.db ?? 0;
    }
    this.prefix = `sluice:${String(database)}:`;
    this.channels = new RedisChannels(this.prefix, this.origin);
  }

  get isConfigured(): boolean {
    return this.commands !== undefined;
  }

  /** Keys of different slots are not asked for together. */
  get isCluster(): boolean {
    return this.commands instanceof Cluster;
  }

  /** Commands are sent now; otherwise `ask` answers `undefined` at once. */
  get isUsable(): boolean {
    return this.breaker.isClosed;
  }

  get report(): RedisReport {
    const { report } = this.breaker;
    const faults = this.uses.flatMap(({ fault, options }) =>
      fault === undefined ? [] : [{ fault, options }],
    );
    if (report.status !== 'up' || faults.length === 0) return report;
    return {
      status: 'degraded',
      since: Math.min(...faults.map(({ fault }) => fault.since)),
      reason: faults
        .map(({ fault, options }) => `${options.words} are not shared: ${fault.reason}`)
        .join('; '),
    };
  }

  /** What is shared, and whether each of it is, for metrics. */
  get shared(): readonly { readonly name: string; readonly isShared: boolean }[] {
    return this.uses.map(({ options, isUsable, fault }) => ({
      name: options.name,
      isShared: isUsable && fault === undefined,
    }));
  }

  /** To be called before the application starts. */
  use(options: RedisUseOptions): RedisUse {
    const use = new RedisUse(this, options);
    this.uses.push(use);
    return use;
  }

  /** Calls back with what other processes send to the channel. To be called before the application starts. */
  listen(channel: string, handler: MessageHandler): void {
    this.channels.listen(channel, handler);
  }

  /**
   * The answer; `undefined`: there is none within 50 ms, for whatever reason. Never rejects.
   * @param onRefusal hears that the server is there and refuses this; without it that counts as any failure does
   */
  async ask<Value>(
    command: (redis: RedisClient) => Promise<Value>,
    onRefusal?: (fault: RedisFault, now: number) => void,
  ): Promise<Value | undefined> {
    if (this.commands === undefined || !this.breaker.isClosed) return undefined;
    const outcome = await this.withinBudget(command(this.commands));
    if ('value' in outcome) {
      this.breaker.succeeded();
      return outcome.value;
    }
    const now = this.clock.now();
    if (outcome.fault.isRefusal && onRefusal !== undefined) onRefusal(outcome.fault, now);
    else this.breaker.failed(outcome.fault, now);
    return undefined;
  }

  /** For `ask`: tells the other processes. */
  publish(redis: RedisClient, channel: string, body: unknown): Promise<number> {
    return this.channels.publish(redis, channel, body);
  }

  /** For a check: whether what is published arrives. */
  async echo(redis: RedisClient): Promise<void> {
    if (this.subscriber !== undefined) await this.channels.echo(redis, this.subscriber);
  }

  /** For a use: how it is with it has changed. */
  tellOf({ fault, options }: RedisUse): void {
    const { words } = options;
    if (fault === undefined) {
      this.logger.log({ message: `Redis takes part again: ${words} are shared`, replica: this.origin });
      return;
    }
    const { reason } = fault;
    this.logger.warn({
      message: `Redis does not take part: ${words} are not shared`,
      replica: this.origin,
      reason,
    });
  }

  onApplicationBootstrap(): void {
    const { commands, subscriber } = this;
    if (commands === undefined || subscriber === undefined) return;
    subscriber.on('message', (channel: string, text: string) => {
      this.channels.receive(channel, text);
    });
    subscriber.on('ready', () => void this.subscribe(subscriber));
    commands.on('ready', () => {
      this.isNodeOfCluster = undefined;
      void this.probe();
    });
    // A failed attempt is told by its `close` event; ioredis goes on trying.
    for (const client of new Set([commands, subscriber])) client.connect().catch(() => undefined);
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

  private client(client: RedisClient): RedisClient {
    const note = (error: Error): void => {
      this.lastError = this.describe(error);
    };
    client.on('error', note);
    client.on('node error', note);
    client.on('close', () => {
      if (client === this.subscriber) this.isSubscribed = false;
      if (!this.isClosing) this.breaker.disconnected(this.lastError, this.clock.now());
    });
    return client;
  }

  private async subscribe(subscriber: RedisClient): Promise<void> {
    await this.channels.open(subscriber);
    this.isSubscribed = subscriber.status === 'ready';
    await this.probe();
  }

  /**
   * Asks both connections, the one for commands by a write, which a server that is full or read-only refuses, and each
   * server of a cluster; and does with them what each use needs.
   */
  private async probe(isOverdue = false): Promise<void> {
    const { commands, subscriber } = this;
    if (commands === undefined || subscriber === undefined || this.isProbing || this.isClosing) return;
    if (commands.status !== 'ready' || !this.isSubscribed) {
      // Where it has given up for whatever reason: nobody else would begin again.
      for (const client of new Set([commands, subscriber])) {
        if (client.status === 'end') client.connect().catch(() => undefined);
      }
      if (isOverdue) this.breaker.disconnected(this.lastError, this.clock.now());
      return;
    }
    this.isProbing = true;
    const asked = this.clock.now();
    const checks = this.uses.map(({ options }) => this.withinBudget(options.check(commands, asked)));
    const outcome = await this.withinBudget(this.reach(commands, subscriber));
    const checked = await Promise.all(checks);
    this.isProbing = false;
    const now = this.clock.now();
    if ('fault' in outcome) {
      this.breaker.probeFailed(outcome.fault, now);
      return;
    }
    if (this.isNodeOfCluster === true) {
      this.breaker.probeFailed(NODE_OF_A_CLUSTER, now);
      return;
    }
    const isUp = this.breaker.probeSucceeded(now);
    for (const [index, use] of this.uses.entries()) {
      const result = checked[index];
      use.checked(result !== undefined && 'fault' in result ? result.fault : undefined, now);
      if (isUp) use.tellUp();
    }
  }

  private async reach(commands: RedisClient, subscriber: RedisClient): Promise<void> {
    await Promise.all([
      commands.set(`${this.prefix}probe`, this.origin, 'PX', PROBE_MS),
      subscriber.ping(),
      commands instanceof Cluster
        ? Promise.all(primariesOf(commands).map((node) => node.ping()))
        : this.findOutWhatItIs(commands),
    ]);
  }

  private async findOutWhatItIs(redis: RedisClient): Promise<void> {
    this.isNodeOfCluster ??= await isNodeOfCluster(redis);
  }

  private describe(error: unknown): string {
    return this.redactor.redact(toRedisFault(error).reason);
  }

  private withinBudget<Value>(answer: Promise<Value>): Promise<Outcome<Value>> {
    return new Promise((resolve) => {
      const timer = this.clock.startTimer(BUDGET_MS, () => {
        // This process may have been what was slow: an answer that has arrived meanwhile is read first.
        setImmediate(resolve, {
          fault: { reason: `no answer within ${String(BUDGET_MS)} ms`, isRefusal: false },
        });
      });
      answer
        .then(
          (value) => {
            resolve({ value });
          },
          (error: unknown) => {
            const { reason, isRefusal } = toRedisFault(error);
            resolve({ fault: { reason: this.redactor.redact(reason), isRefusal } });
          },
        )
        .finally(() => {
          timer.cancel();
        });
    });
  }
}

/** What forbids the question, or does not know it, is none. */
async function isNodeOfCluster(redis: RedisClient): Promise<boolean> {
  try {
    return /^cluster_enabled:1\b/m.test(await redis.info('cluster'));
  } catch {
    return false;
  }
}

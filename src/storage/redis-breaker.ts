import { Logger } from '@nestjs/common';
import type { RedisFault } from './redis-fault.js';

/** Whether Redis can be used, for people. */
export interface RedisReport {
  /** `degraded`: there is a server, and something that should be shared through it is not. */
  readonly status: 'up' | 'degraded' | 'down';
  /** Unix milliseconds of the last change; `null` before the first answer. */
  readonly since: number | null;
  readonly reason: string | null;
}

/**
 * Decides from what came back whether anything is sent to Redis. One failure opens it; a second in a row, or a broken
 * connection, is news: one log line for each change of that kind, so that a hiccup fills no log.
 */
export class RedisBreaker {
  private readonly logger = new Logger('Redis');
  private isLetting = false;
  private status: 'unknown' | RedisReport['status'] = 'unknown';
  private since: number | null = null;
  private reason: string | null = null;
  private failures = 0;

  /** `replica`: names this process in the log, as in what it tells the others. */
  constructor(private readonly replica: string) {}

  /** Commands may be sent. */
  get isClosed(): boolean {
    return this.isLetting;
  }

  get report(): RedisReport {
    const status = this.status === 'unknown' ? 'down' : this.status;
    return { status, since: this.since, reason: this.reason };
  }

  /** A command was answered. */
  succeeded(): void {
    this.failures = 0;
  }

  /** A command failed, or was not answered in time. */
  failed(fault: RedisFault, now: number): void {
    // Of many commands under way together the first has said it.
    if (this.isLetting) this.open(fault, now);
  }

  /** A probe failed: what was in doubt is certain. */
  probeFailed(fault: RedisFault, now: number): void {
    this.open(fault, now);
  }

  /** The connection is gone. */
  disconnected(reason: string, now: number): void {
    this.isLetting = false;
    this.becomeDown({ reason, isRefusal: false }, now);
  }

  /** A probe went through. True: commands may be sent again after they could not. */
  probeSucceeded(now: number): boolean {
    if (this.isLetting) {
      this.failures = 0;
      return false;
    }
    this.isLetting = true;
    if (this.status !== 'up') {
      this.status = 'up';
      this.since = now;
      this.reason = null;
      this.logger.log({ message: 'Redis is available: state is shared', replica: this.replica });
    }
    return true;
  }

  private open(fault: RedisFault, now: number): void {
    this.isLetting = false;
    if (++this.failures > 1 || this.status === 'unknown') this.becomeDown(fault, now);
  }

  private becomeDown({ reason, isRefusal }: RedisFault, now: number): void {
    const isNews = this.status === 'up' || this.status === 'unknown';
    const status = isRefusal ? 'degraded' : 'down';
    if (this.status === status) return;
    this.status = status;
    this.since = now;
    this.reason = reason;
    if (!isNews) return;
    this.logger.warn({
      message: 'Redis is unavailable: this process goes by its own state',
      replica: this.replica,
      reason,
    });
  }
}

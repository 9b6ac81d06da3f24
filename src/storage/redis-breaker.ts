import { Logger } from '@nestjs/common';

/** Whether Redis can be used, for people. */
export interface RedisReport {
  readonly status: 'up' | 'down';
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
  private status: 'unknown' | 'up' | 'down' = 'unknown';
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
    return { status: this.status === 'up' ? 'up' : 'down', since: this.since, reason: this.reason };
  }

  /** A command was answered. */
  succeeded(): void {
    this.failures = 0;
  }

  /** A command failed, or was not answered in time. */
  failed(reason: string, now: number): void {
    // Of many commands under way together the first has said it.
    if (this.isLetting) this.open(reason, now);
  }

  /** A probe failed: what was in doubt is certain. */
  probeFailed(reason: string, now: number): void {
    this.open(reason, now);
  }

  /** The connection is gone. */
  disconnected(reason: string, now: number): void {
    this.isLetting = false;
    this.becomeDown(reason, now);
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

  private open(reason: string, now: number): void {
    this.isLetting = false;
    if (++this.failures > 1) this.becomeDown(reason, now);
  }

  private becomeDown(reason: string, now: number): void {
    if (this.status === 'down') return;
    this.status = 'down';
    this.since = now;
    this.reason = reason;
    this.logger.warn({
      message: 'Redis is unavailable: this process goes by its own state',
      replica: this.replica,
      reason,
    });
  }
}

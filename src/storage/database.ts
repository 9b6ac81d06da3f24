import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Kysely, sql } from 'kysely';
import { Clock, type ClockTimer } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { StartFault } from '../common/start-fault.js';
import { readDatabaseUrl } from '../config/database-url.js';
import { environment } from '../config/environment.js';
import type { DialectName } from './dialect-of.js';
import { isPermanentFailure } from './is-permanent-failure.js';
import { isWholeSchema, migrate } from './migrate.js';
import { openKysely } from './open-kysely.js';
import type { Tables } from './tables.js';

/** Whether the database can be used, for people. */
export interface DatabaseReport {
  readonly status: 'up' | 'down';
  /** Unix milliseconds of the last change; `null` before the first answer. */
  readonly since: number | null;
  readonly reason: string | null;
}

const RETRY_MS = 1_000;

/**
 * The database that `DATABASE_URL` names. Its schema is brought up to date at the start. A SQLite file that cannot be
 * used stops the start; a PostgreSQL that is away does not: it is tried again every second, and nothing on the way of a
 * request waits for it.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  readonly dialect: DialectName;
  /** Tells it from others: its path, or where it is reached, without user and password. */
  readonly name: string;
  /** Absent for PostgreSQL. */
  readonly sqlitePath: string | undefined;
  private readonly logger = new Logger('Database');
  private readonly db: Kysely<Tables>;
  private readonly onReadies = new Set<() => void>();
  private timer: ClockTimer | undefined;
  private isReady = false;
  private isClosing = false;
  private status: 'unknown' | 'up' | 'down' = 'unknown';
  private since: number | null = null;
  private reason: string | null = null;

  constructor(
    @Inject(environment.KEY) { databaseUrl }: ConfigType<typeof environment>,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
  ) {
    const location = readDatabaseUrl(databaseUrl);
    this.dialect = location.dialect;
    this.name = location.name;
    if (location.dialect === 'sqlite') this.sqlitePath = location.path;
    else redactor.learn([location.password]);
    this.db = openKysely(databaseUrl, (error) => {
      this.failed(error);
    });
  }

  get report(): DatabaseReport {
    return { status: this.status === 'up' ? 'up' : 'down', since: this.since, reason: this.reason };
  }

  /** The schema is up to date and the last statement was answered. */
  get isUsable(): boolean {
    return this.isReady && this.status === 'up';
  }

  /** @throws StartFault when the file of SQLite cannot be used */
  async onModuleInit(): Promise<void> {
    try {
      await this.prepare();
    } catch (error) {
      if (this.sqlitePath !== undefined) {
        await this.db.destroy().catch(() => undefined);
        throw new StartFault(
          `The database ${this.sqlitePath} cannot be used: ${this.describe(error)}. Move the file away or set DATABASE_URL`,
        );
      }
      this.failed(error);
      this.timer = this.clock.startTimer(RETRY_MS, () => void this.retry());
      this.timer.unref?.();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    this.timer?.cancel();
    await this.db.destroy().catch(() => undefined);
  }

  /** Called as soon as the schema is up to date; at once if it is. */
  onReady(listener: () => void): void {
    if (this.isReady) listener();
    else this.onReadies.add(listener);
  }

  /**
   * Runs statements and notes how that went.
   * @throws what they throw; an error when the schema is not there yet
   */
  async run<Value>(work: (db: Kysely<Tables>) => Promise<Value>): Promise<Value> {
    if (!this.isReady) throw new Error('the database has not been reached yet');
    try {
      const value = await work(this.db);
      this.succeeded();
      return value;
    } catch (error) {
      if (isPermanentFailure(error)) this.succeeded();
      else this.failed(error);
      throw error;
    }
  }

  /** Whether it answers, as `/health` shows it. */
  async check(): Promise<DatabaseReport> {
    await this.run((db) => sql`select 1`.execute(db)).catch(() => undefined);
    return this.report;
  }

  private async prepare(): Promise<void> {
    const done = await migrate(this.db);
    const text = `The schema was brought up to date: ${done.join(', ')}`;
    // In a new database there is nothing that anybody would miss.
    if (isWholeSchema(done)) this.logger.debug(text);
    else if (done.length > 0) this.logger.log(text);
    this.isReady = true;
    this.succeeded();
    for (const listener of this.onReadies) listener();
    this.onReadies.clear();
  }

  private async retry(): Promise<void> {
    try {
      await this.prepare();
    } catch (error) {
      this.failed(error);
      if (!this.isClosing) this.timer?.refresh();
    }
  }

  private succeeded(): void {
    if (this.status === 'up') return;
    if (this.status === 'down') this.logger.log({ message: 'The database is available again' });
    this.status = 'up';
    this.since = this.clock.now();
    this.reason = null;
  }

  private failed(error: unknown): void {
    if (this.status === 'down' || this.isClosing) return;
    this.status = 'down';
    this.since = this.clock.now();
    this.reason = this.describe(error);
    this.logger.warn({
      message: 'The database is unavailable: records are kept until it is back',
      reason: this.reason,
    });
  }

  private describe(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    // The error of a name with several addresses has an empty message.
    return this.redactor.redact(error.message || ('code' in error ? String(error.code) : error.name));
  }
}

import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, type ClockTimer } from '../common/clock.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { Database } from '../storage/database.js';
import { LogPartitions, PARTITIONED_TABLES, type PartitionedTable } from './log-partitions.js';
import { prunePostgres } from './prune-postgres.js';
import { PRUNE_STEP, optimizeSqlite, pruneStep } from './prune-sqlite.js';
import { DAY_MS } from './usage-sums.js';

const FIRST_RUN_MS = 10_000;
const RUN_MS = 3_600_000;
/** Between two steps in SQLite, in which writers have their turn. */
const PAUSE_MS = 25;
/** How long a record may come a second time, by a writer that could not tell whether the first time was good. */
const COUNTED_MS = 7 * DAY_MS;

/**
 * Ends what the log has kept for longer than `logging.retention`, every hour and a moment after the start, and makes
 * the partitions of the days to come. Nobody waits for it. The sums are kept.
 */
@Injectable()
export class LogRetention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Retention');
  private readonly ending = new AbortController();
  private timer: ClockTimer | undefined;
  private running: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly database: Database,
    private readonly partitions: LogPartitions,
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.settings.onChange((next, previous) => {
      if (next.logging.retentionMs !== previous.logging.retentionMs) this.startIn(FIRST_RUN_MS);
    });
    this.database.onReady(() => {
      void this.partitions.ensure(this.daysAhead()).catch((error: unknown) => {
        this.failed(error);
      });
      this.startIn(FIRST_RUN_MS);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    this.timer?.cancel();
    this.unsubscribe?.();
    await this.running;
  }

  /** One run; the one under way where there is one. Does not throw. */
  run(): Promise<void> {
    this.running ??= this.attempt().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private startIn(milliseconds: number): void {
    if (this.ending.signal.aborted) return;
    this.timer?.cancel();
    this.timer = this.clock.startTimer(milliseconds, () => {
      this.startIn(RUN_MS);
      void this.run();
    });
    this.timer.unref?.();
  }

  private async attempt(): Promise<void> {
    try {
      await this.partitions.ensure(this.daysAhead());
      const limits = this.limits();
      if (this.database.dialect === 'sqlite') await this.pruneSqlite(limits);
      else await this.prunePostgres(limits);
    } catch (error) {
      this.failed(error);
    }
  }

  private async prunePostgres(limits: Readonly<Record<PartitionedTable, number>>): Promise<void> {
    const dropped = await this.database.run((db) => prunePostgres(db, limits, this.clock));
    if (dropped.length === 0) return;
    this.partitions.forget();
    this.logger.log({ message: 'Days that were kept long enough are dropped', partitions: dropped });
  }

  private async pruneSqlite(limits: Readonly<Record<PartitionedTable, number>>): Promise<void> {
    const { signal } = this.ending;
    let deleted = 0;
    for (const table of PARTITIONED_TABLES) {
      let step = PRUNE_STEP;
      while (step >= PRUNE_STEP && !signal.aborted) {
        step = await this.database.run((db) => pruneStep(db, table, limits[table]));
        deleted += step;
        if (step >= PRUNE_STEP) await this.clock.sleep(PAUSE_MS, signal).catch(() => undefined);
      }
    }
    if (signal.aborted) return;
    await this.database.run(optimizeSqlite);
    if (deleted > 0)
      this.logger.log({ message: 'Rows that were kept long enough are deleted', rows: deleted });
  }

  private limits(): Readonly<Record<PartitionedTable, number>> {
    const now = this.clock.now();
    const kept = now - this.settings.current.logging.retentionMs;
    return { request_log: kept, request_bodies: kept, counted_requests: now - COUNTED_MS };
  }

  private daysAhead(): readonly number[] {
    const now = this.clock.now();
    const today = now - (now % DAY_MS);
    return [today, today + DAY_MS];
  }

  private failed(error: unknown): void {
    if (this.ending.signal.aborted) return;
    this.logger.warn({
      message: 'The request log could not be cleared now; it is tried again within the hour',
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

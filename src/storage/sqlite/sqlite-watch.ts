import type { Clock, ClockTimer } from '../../common/clock.js';
import type { ChangeWatch, ChangeWatchListener } from '../change-watch.js';
import type { Database } from '../database.js';

const POLL_MS = 500;

/** Looks at the marks twice a second: SQLite tells other processes nothing by itself. */
export class SqliteWatch implements ChangeWatch {
  private timer: ClockTimer | undefined;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly listener: ChangeWatchListener,
  ) {}

  start(): void {
    // Nobody else can open a database that lives in the memory of this process.
    if (this.isStopped || this.database.sqlitePath === ':memory:') return;
    this.timer = this.clock.startTimer(POLL_MS, () => void this.look());
    this.timer.unref?.();
    void this.look();
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private async look(): Promise<void> {
    try {
      const marks = await this.database.run((db) => db.selectFrom('change_marks').selectAll().execute());
      if (!this.isStopped) this.listener.onMarks(marks);
    } catch {
      // The database says so itself, and the next look finds what this one missed.
    }
    if (!this.isStopped) this.timer?.refresh();
  }
}

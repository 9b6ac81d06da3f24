import pg from 'pg';
import type { Clock, ClockTimer } from '../common/clock.js';
import { toMark, type ChangeMark, type ChangeWatch, type ChangeWatchListener } from './change-watch.js';
import { postgresOptions } from './postgres-dialect.js';

/** Of NOTIFY; PostgreSQL keeps those of different databases apart. */
export const CHANGES_CHANNEL = 'sluice_changes';
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/**
 * How often the marks are looked at all the same. It finds a connection whose other end has gone without a word, and
 * what a pooler between us and PostgreSQL does not let through.
 */
const LOOK_MS = 1_000;
const ANSWER_MS = 2_000;

/** Listens on a connection of its own, and makes a new one whenever it breaks. */
export class PostgresWatch implements ChangeWatch {
  private client: pg.Client | undefined;
  private timer: ClockTimer | undefined;
  private failures = 0;
  private isStopped = false;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly listener: ChangeWatchListener,
  ) {}

  start(): void {
    if (!this.isStopped) void this.connect();
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
    if (this.client !== undefined) this.lost(this.client);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({ ...postgresOptions(this.url), query_timeout: ANSWER_MS });
    this.client = client;
    // `end` follows; without a listener the process would end as well.
    client.on('error', () => undefined);
    client.once('end', () => {
      this.lost(client);
    });
    client.on('notification', ({ payload }) => {
      const mark = readMark(payload);
      if (mark !== undefined) this.listener.onMarks([mark]);
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANGES_CHANNEL}`);
      if (this.client !== client) return;
      this.failures = 0;
      this.listener.onGap();
    } catch {
      this.lost(client);
      return;
    }
    this.timer = this.clock.startTimer(LOOK_MS, () => void this.look(client));
    await this.look(client);
  }

  private async look(client: pg.Client): Promise<void> {
    try {
      const { rows } = await client.query<ChangeMark>('select topic, mark from change_marks');
      if (this.client !== client) return;
      this.listener.onMarks(rows);
      this.timer?.refresh();
    } catch {
      this.lost(client);
    }
  }

  private lost(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.timer?.cancel();
    client.end().catch(() => undefined);
    if (this.isStopped) return;
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS);
    this.failures += 1;
    this.timer = this.clock.startTimer(wait, () => void this.connect());
    this.timer.unref?.();
  }
}

function readMark(payload: string | undefined): ChangeMark | undefined {
  try {
    return toMark(JSON.parse(payload ?? ''));
  } catch {
    return undefined;
  }
}

import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { Clock, ClockTimer } from '../common/clock.js';
import type { PostgresLocation } from '../config/database-url.js';
import { toMark, type ChangeMark, type ChangeWatch, type ChangeWatchListener } from './change-watch.js';
import { postgresOptions } from './postgres-dialect.js';

/** Of NOTIFY; PostgreSQL keeps those of different databases apart. */
export const CHANGES_CHANNEL = 'sluice_changes';
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/** How often the marks are looked at. It finds a connection whose other end has gone without a word as well. */
const LOOK_MS = 1_000;
const ANSWER_MS = 2_000;

/**
 * Listens on a connection of its own, and makes a new one whenever it breaks or is old. Through a pooler nobody can
 * listen: in transaction mode the session would be somebody else's, so there the marks alone tell.
 */
export class PostgresWatch implements ChangeWatch {
  private readonly logger = new Logger('Database');
  private client: pg.Client | undefined;
  private timer: ClockTimer | undefined;
  private failures = 0;
  private connectedAt = 0;
  private isStopped = false;
  private hasSaid = false;

  constructor(
    private readonly location: PostgresLocation,
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
    const client = new pg.Client({ ...postgresOptions(this.location), query_timeout: ANSWER_MS });
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
      if (await isDirect(client)) await client.query(`listen ${CHANGES_CHANNEL}`);
      else this.sayOnce();
      if (this.client !== client) return;
      this.failures = 0;
      this.connectedAt = this.clock.monotonic();
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
      if (this.clock.monotonic() - this.connectedAt > this.location.connectionAgeMs) this.lost(client);
      else this.timer?.refresh();
    } catch {
      this.lost(client);
    }
  }

  private sayOnce(): void {
    if (this.hasSaid) return;
    this.hasSaid = true;
    this.logger.log(
      'PostgreSQL is reached through a pooler: changes that other replicas make are heard of within a second',
    );
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

/**
 * A pooler makes up the process number that it tells when a connection is made, since no process belongs to it. A driver
 * that does not show the number says nothing: then what is not heard is seen at the next look.
 */
async function isDirect(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return !('processID' in client) || client.processID === rows[0]?.pid;
}

function readMark(payload: string | undefined): ChangeMark | undefined {
  try {
    return toMark(JSON.parse(payload ?? ''));
  } catch {
    return undefined;
  }
}

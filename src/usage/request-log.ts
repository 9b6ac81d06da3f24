import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, type ClockTimer } from '../common/clock.js';
import { RecordSinks } from '../common/record-sinks.js';
import { Redactor } from '../common/redactor.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { RecordSink, RequestRecord } from '../contract/request-record.js';
import { isPermanentFailure } from '../storage/is-permanent-failure.js';
import { keepBody } from './keep-body.js';
import { LogStore } from './log-store.js';
import { SpillFolder } from './spill-folder.js';

/** A record waits at most this long: what a killed process takes with it. */
export const FLUSH_MS = 500;
const BATCH = 1_000;
/** Records kept in memory while the database is away; what is more goes to disk. */
const MOST_IN_MEMORY = 10_000;
const MOST_CHARACTERS = 32 * 1024 ** 2;
const RETRY_MS = 1_000;
/** What a shutdown waits for the database before it leaves the rest on disk. */
const LAST_FLUSH_MS = 5_000;

/** Counts since the start, but for `queued`. */
export interface RequestLogCounts {
  /** Records that wait in memory now. */
  readonly queued: number;
  readonly written: number;
  readonly spilled: number;
  /** Lost: disk and database were both away, or the database refuses the record itself. */
  readonly dropped: number;
}

export type WrittenListener = (records: readonly RequestRecord[]) => void;

/**
 * Writes the records of requests in batches, never on a request's way. While the database is away they are kept in
 * memory up to a bound, then on disk, and written when it is back.
 */
@Injectable()
export class RequestLog implements RecordSink, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('RequestLog');
  private readonly listeners: WrittenListener[] = [];
  private queue: RequestRecord[] = [];
  /** Of the bodies in the queue. */
  private characters = 0;
  private underWay: readonly RequestRecord[] = [];
  private timer: ClockTimer | undefined;
  private flushing: Promise<void> | undefined;
  private relieving = Promise.resolve();
  private hasSpilled = true;
  private isClosing = false;
  private isFailing = false;
  private isAskedAgain = false;
  private written = 0;
  private spilled = 0;
  private dropped = 0;

  constructor(
    private readonly store: LogStore,
    private readonly spill: SpillFolder,
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
    sinks: RecordSinks,
  ) {
    sinks.add(this);
  }

  get counts(): RequestLogCounts {
    return {
      queued: this.queue.length + this.underWay.length,
      written: this.written,
      spilled: this.spilled,
      dropped: this.dropped,
    };
  }

  /** Hears of records as soon as they are in the database for good. */
  onWritten(listener: WrittenListener): void {
    this.listeners.push(listener);
  }

  onApplicationBootstrap(): void {
    // An earlier process may have left some on disk.
    this.store.onReady(() => {
      this.flush();
    });
  }

  record(record: RequestRecord): void {
    if (record.isSummarized === true) return;
    const kept = this.trim(record);
    this.queue.push(kept);
    this.characters += bodyLength(kept);
    if (this.hasWholeBatch && !this.isFailing && this.flushing === undefined) this.flush();
    else this.wait(this.isFailing ? RETRY_MS : FLUSH_MS);
    if (!this.isOverfull) return;
    if (this.isFailing) this.flush();
    else this.relieve();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    this.timer?.cancel();
    this.isFailing = false;
    const limit = this.clock.sleep(LAST_FLUSH_MS).catch(() => undefined);
    await Promise.race([this.writeAll(), limit]);
    await this.relieving;
    const rest = [...this.underWay, ...this.queue];
    if (rest.length > 0) await this.keepOnDisk(rest);
  }

  private get hasWholeBatch(): boolean {
    return this.queue.length >= BATCH;
  }

  private get isOverfull(): boolean {
    return this.queue.length > MOST_IN_MEMORY || this.characters > MOST_CHARACTERS;
  }

  /** Callers put what they like into the names of models and the ids of requests, secrets too. */
  private trim(record: RequestRecord): RequestRecord {
    const { bodies } = record;
    const redact = (text: string | null): string | null => text && this.redactor.redact(text);
    const requestId = this.redactor.redact(record.requestId);
    const requestedModel = redact(record.requestedModel);
    const model = redact(record.model);
    const isClean =
      requestId === record.requestId && requestedModel === record.requestedModel && model === record.model;
    if (isClean && bodies === undefined) return record;
    return {
      ...record,
      requestId,
      requestedModel,
      model,
      ...(bodies === undefined
        ? {}
        : {
            bodies: {
              request: keepBody(bodies.request, this.redactor),
              response: keepBody(bodies.response, this.redactor),
            },
          }),
    };
  }

  /** More comes than the database writes: the oldest wait on disk until it has time for them. */
  private relieve(): void {
    const records = this.take(MOST_IN_MEMORY / 2);
    this.relieving = this.relieving.then(() => this.keepOnDisk(records));
  }

  private wait(milliseconds: number): void {
    if (this.timer !== undefined || this.isClosing) return;
    this.timer = this.clock.startTimer(milliseconds, () => {
      this.timer = undefined;
      this.flush();
    });
    this.timer.unref?.();
  }

  private flush(): void {
    void this.writeAll();
  }

  /** One at a time; what comes meanwhile waits its half second, or until it is a whole batch. */
  private writeAll(): Promise<void> {
    if (this.flushing !== undefined) this.isAskedAgain = true;
    this.flushing ??= this.writeUntilDone().finally(() => {
      this.flushing = undefined;
      if (this.queue.length > 0) this.wait(this.isFailing ? RETRY_MS : FLUSH_MS);
    });
    return this.flushing;
  }

  private async writeUntilDone(): Promise<void> {
    do await this.writeQueue();
    while ((this.hasBeenAskedAgain() || this.hasWholeBatch) && !this.isFailing);
  }

  private hasBeenAskedAgain(): boolean {
    const { isAskedAgain } = this;
    this.isAskedAgain = false;
    return isAskedAgain;
  }

  private async writeQueue(): Promise<void> {
    do {
      const batch = this.take(BATCH);
      if (batch.length === 0) break;
      this.underWay = batch;
      const isWritten = await this.write(batch);
      this.underWay = [];
      if (isWritten) continue;
      this.putBack(batch);
      this.isFailing = true;
      while (this.isOverfull) await this.keepOnDisk(this.take(MOST_IN_MEMORY / 2));
      return;
      // Each transaction has its price: what has just come is not yet worth one.
    } while (this.hasWholeBatch || this.isClosing);
    this.isFailing = false;
    if (this.hasSpilled && !this.isClosing) await this.readBack();
  }

  /** False: the database is away. A record that it refuses for what it is costs itself alone. */
  private async write(batch: readonly RequestRecord[]): Promise<boolean> {
    try {
      await this.store.write(batch, { rows: this.settings.current.logging.requestLog !== 'off' });
    } catch (error) {
      if (!isPermanentFailure(error)) return false;
      if (batch.length === 1) {
        this.dropped++;
        this.logger.error({ message: 'a record was refused', request_id: batch[0]?.requestId, err: error });
        return true;
      }
      const half = Math.ceil(batch.length / 2);
      return (await this.write(batch.slice(0, half))) && (await this.write(batch.slice(half)));
    }
    this.written += batch.length;
    for (const listener of this.listeners) listener(batch);
    return true;
  }

  private async readBack(): Promise<void> {
    for (const path of await this.spill.list()) {
      const records = (await this.spill.read(path)) ?? [];
      for (let from = 0; from < records.length; from += BATCH) {
        if (this.isClosing || !(await this.write(records.slice(from, from + BATCH)))) return;
      }
      await this.spill.remove(path);
      this.logger.log(`${String(records.length)} records that were kept on disk were written`);
    }
    this.hasSpilled = false;
  }

  private async keepOnDisk(records: readonly RequestRecord[]): Promise<void> {
    try {
      await this.spill.keep(records);
      this.spilled += records.length;
      this.hasSpilled = true;
    } catch (error) {
      this.dropped += records.length;
      this.logger.error({
        message: 'records are lost: neither the database nor the disk takes them',
        err: error,
      });
    }
  }

  private take(most: number): readonly RequestRecord[] {
    const taken = this.queue.splice(0, most);
    for (const record of taken) this.characters -= bodyLength(record);
    return taken;
  }

  private putBack(records: readonly RequestRecord[]): void {
    this.queue = [...records, ...this.queue];
    for (const record of records) this.characters += bodyLength(record);
  }
}

function bodyLength({ bodies }: RequestRecord): number {
  return (bodies?.request?.length ?? 0) + (bodies?.response?.length ?? 0);
}

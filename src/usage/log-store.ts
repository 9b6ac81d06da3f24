import { Injectable } from '@nestjs/common';
import type { RequestRecord } from '../contract/request-record.js';
import { Database } from '../storage/database.js';
import { encodeBatches, type EncodedBatch } from './encode-batch.js';
import { LogPartitions } from './log-partitions.js';
import { writeToPostgres } from './write-to-postgres.js';
import { writeToSqlite } from './write-to-sqlite.js';

export interface WriteOptions {
  /** `false` with `request_log: off`: only the sums are kept. */
  readonly rows: boolean;
}

/** SQLSTATE of a row that no partition takes. */
const NO_PARTITION = '23514';

/**
 * Writes records: rows of the log, bodies, and the sums of their hours, together or not at all. A record that was
 * written before, also in another batch or by another process, changes nothing.
 */
@Injectable()
export class LogStore {
  constructor(
    private readonly database: Database,
    private readonly partitions: LogPartitions,
  ) {}

  /** Calls the listener as soon as the database can be written to; at once if it can. */
  onReady(listener: () => void): void {
    this.database.onReady(listener);
  }

  /**
   * @param records a thousand or so: they go as one text
   * @throws what the database throws; `isPermanentFailure` tells whether the batch would fail again
   */
  async write(records: readonly RequestRecord[], { rows }: WriteOptions = { rows: true }): Promise<void> {
    for (const batch of encodeBatches(records)) {
      if (this.database.dialect === 'sqlite') {
        await this.database.run((db) => writeToSqlite(db, batch, rows));
      } else {
        await this.toPostgres(batch, rows);
      }
    }
  }

  private async toPostgres(batch: EncodedBatch, rows: boolean): Promise<void> {
    const write = () => this.database.run((db) => writeToPostgres(db, batch, rows));
    await this.partitions.ensure(batch.days);
    try {
      await write();
    } catch (error) {
      if (!isWithoutPartition(error)) throw error;
      // Another replica found the day too old and dropped it.
      this.partitions.forget();
      await this.partitions.ensure(batch.days);
      await write();
    }
  }
}

function isWithoutPartition(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === NO_PARTITION;
}

import { vi } from 'vitest';
import { RecordSinks } from '../../src/common/record-sinks.js';
import type { RecordSink, RequestRecord } from '../../src/contract/request-record.js';
import type { RunningGateway } from './start-gateway.js';

/** Keeps the records of a gateway's requests, for tests to read. */
export class RecordKeeper implements RecordSink {
  readonly records: RequestRecord[] = [];

  static of(gateway: RunningGateway): RecordKeeper {
    const keeper = new RecordKeeper();
    gateway.app.get(RecordSinks).add(keeper);
    return keeper;
  }

  record(record: RequestRecord): void {
    this.records.push(record);
  }

  /** Waits until there are so many: a record is made a moment after its answer has gone out. */
  async wait(count: number): Promise<readonly RequestRecord[]> {
    await vi.waitFor(
      () => {
        if (this.records.length < count) {
          throw new Error(`${String(this.records.length)} records of ${String(count)}`);
        }
      },
      { timeout: 15_000, interval: 5 },
    );
    return this.records;
  }
}

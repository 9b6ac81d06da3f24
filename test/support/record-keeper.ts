import { vi } from 'vitest';
import { RecordSinks } from '../../src/common/record-sinks.js';
import type { RecordSink, RequestRecord } from '../../src/contract/request-record.js';
import type { RunningGateway } from './start-gateway.js';

/** Keeps the records of a gateway's requests, for tests to read. */
export class RecordKeeper implements RecordSink {
  private readonly kept: RequestRecord[] = [];

  static of(gateway: RunningGateway): RecordKeeper {
    const sinks = gateway.app.get(RecordSinks);
    const keeper = new RecordKeeper(sinks);
    sinks.add(keeper);
    return keeper;
  }

  private constructor(private readonly sinks: RecordSinks) {}

  /** All so far. A clock that nobody moves would hold the last ones back for ever. */
  get records(): readonly RequestRecord[] {
    this.sinks.flush();
    return this.kept;
  }

  record(record: RequestRecord): void {
    this.kept.push(record);
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

import { nowMs } from './clock.ts';
import type { Connection, PreparedRequest } from './connection.ts';
import type { LoadResult } from './load-job.ts';

/** Counts the exchanges of one job. */
export class LoadTally {
  private readonly keepSamples: boolean;
  private readonly begunAt = nowMs();
  private readonly totals: number[] = [];
  private readonly firstBytes: number[] = [];
  private good = 0;
  private failed = 0;
  private fault: string | undefined;
  private streams = 0;
  private peakStreams = 0;
  private endedAt = nowMs();

  constructor(keepSamples: boolean) {
    this.keepSamples = keepSamples;
  }

  get failures(): number {
    return this.failed;
  }

  /** A failure that no exchange shows. */
  fail(fault: string): void {
    this.failed += 1;
    this.fault ??= fault;
  }

  /** Sends on a free connection; the latencies count from `intendedAt` (clock milliseconds). */
  exchange(connection: Connection, request: PreparedRequest, intendedAt: number): Promise<void> {
    return new Promise((resolve) => {
      let isStreaming = false;
      connection.send(
        request,
        () => {
          isStreaming = true;
          this.streams += 1;
          this.peakStreams = Math.max(this.peakStreams, this.streams);
        },
        ({ fault, firstByteAt, endAt }) => {
          if (isStreaming) this.streams -= 1;
          this.endedAt = endAt;
          if (fault !== undefined) this.fail(fault);
          else {
            this.good += 1;
            if (this.keepSamples) {
              this.totals.push(endAt - intendedAt);
              this.firstBytes.push(firstByteAt - intendedAt);
            }
          }
          resolve();
        },
      );
    });
  }

  result(): LoadResult {
    return {
      good: this.good,
      failed: this.failed,
      fault: this.fault,
      seconds: (this.endedAt - this.begunAt) / 1e3,
      peakStreams: this.peakStreams,
      totals: this.totals,
      firstBytes: this.firstBytes,
    };
  }
}

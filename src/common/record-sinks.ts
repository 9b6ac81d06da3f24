import { Injectable, Logger } from '@nestjs/common';
import type { RecordSink, RequestRecord } from '../contract/request-record.js';
import { Clock, type ClockTimer } from './clock.js';

/** A record waits for others at most so long, and so many are told together at most. */
const GATHER_MS = 10;
const MOST_GATHERED = 64;

/**
 * Everybody who wants the record of each request; they add themselves when they are made. Records are told in batches:
 * by then the processor has forgotten what telling takes, and to fetch it anew for each request costs more than the
 * telling itself.
 */
@Injectable()
export class RecordSinks {
  private readonly logger = new Logger('Records');
  private readonly sinks: RecordSink[] = [];
  private gathered: RequestRecord[] = [];
  private timer: ClockTimer | undefined;
  private isClosing = false;

  constructor(private readonly clock: Clock) {}

  add(sink: RecordSink): void {
    this.sinks.push(sink);
  }

  record(record: RequestRecord): void {
    this.gathered.push(record);
    if (this.isClosing || this.gathered.length >= MOST_GATHERED) this.flush();
    else if (this.gathered.length === 1) this.wait();
  }

  /** Tells what has been gathered now; whoever reads what the sinks have made of it asks for that first. */
  readonly flush = (): void => {
    const records = this.gathered;
    if (records.length === 0) return;
    this.gathered = [];
    for (const sink of this.sinks) {
      for (const record of records) this.tell(sink, record);
    }
  };

  /** From now on nothing waits. */
  close(): void {
    this.isClosing = true;
    this.timer?.cancel();
    this.flush();
  }

  /** Nobody is there any more to catch what a sink throws, and its fault must cost neither the process nor the others. */
  private tell(sink: RecordSink, record: RequestRecord): void {
    try {
      sink.record(record);
    } catch (error) {
      this.logger.error({ message: 'a record was not taken', request_id: record.requestId, err: error });
    }
  }

  private wait(): void {
    if (this.timer === undefined) this.timer = this.clock.startTimer(GATHER_MS, this.flush);
    else this.timer.refresh();
  }
}

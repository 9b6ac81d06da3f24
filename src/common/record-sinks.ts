import { Injectable } from '@nestjs/common';
import type { RecordSink, RequestRecord } from '../contract/request-record.js';

/** Everybody who wants the record of each request; they add themselves when they are made. */
@Injectable()
export class RecordSinks {
  private readonly sinks: RecordSink[] = [];

  add(sink: RecordSink): void {
    this.sinks.push(sink);
  }

  record(record: RequestRecord): void {
    for (const sink of this.sinks) sink.record(record);
  }
}

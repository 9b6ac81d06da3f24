import { Injectable } from '@nestjs/common';
import { Gauges, single } from '../common/gauges.js';
import { RequestLog } from '../usage/request-log.js';

/** What becomes of the records of requests. */
@Injectable()
export class RecordGauges {
  constructor(gauges: Gauges, log: RequestLog) {
    gauges.add(
      {
        name: 'sluice_records_queued',
        help: 'Records of requests that wait in memory for the database',
        type: 'gauge',
        labels: [],
        read: () => single(log.counts.queued),
      },
      {
        name: 'sluice_records_total',
        help: 'Records of requests: written, put on disk while the database was away, lost',
        type: 'counter',
        labels: ['outcome'],
        read: () => {
          const { written, spilled, dropped } = log.counts;
          return [
            { labels: ['written'], value: written },
            { labels: ['spilled'], value: spilled },
            { labels: ['dropped'], value: dropped },
          ];
        },
      },
    );
  }
}

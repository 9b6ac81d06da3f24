import { Logger } from '@nestjs/common';
import cluster from 'node:cluster';
import { inBatches } from './in-batches.js';
import { Line, Topic } from './line.js';
import type { StartReport } from './start-report.js';

/** A worker listens; what it would say of that if it were alone. */
export const SERVING = new Topic<StartReport>('serving');

/** The way to the process that started this one as a worker, where one did. */
export class PrimaryLink {
  /** @param line absent: this process is no worker, all there is of the gateway */
  constructor(readonly line?: Line) {}

  /** That of this process. */
  static open(): PrimaryLink {
    if (!cluster.isWorker) return new PrimaryLink();
    const logger = new Logger('Workers');
    const line = new Line(
      inBatches((messages) => {
        // Without a callback a message to a primary that has just died would be an error that nobody catches.
        process.send?.(messages, undefined, undefined, () => undefined);
      }),
      (error) => {
        logger.error(error);
      },
    );
    process.on('message', (message) => {
      line.receive(message);
    });
    process.once('disconnect', () => {
      line.close();
    });
    return new PrimaryLink(line);
  }
}

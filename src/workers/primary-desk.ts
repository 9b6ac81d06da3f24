import { Logger } from '@nestjs/common';
import type { Worker } from 'node:cluster';
import type { Clock } from '../common/clock.js';
import { inBatches } from '../common/in-batches.js';
import { Line } from '../common/line.js';
import { CommonBooks } from '../limits/common-books.js';
import { END_LIMITS, RENEW_LIMITS, RESERVE_LIMITS } from '../limits/primary-limits.js';
import { PEER_FORGET, PEER_NEWS, PEER_RECALL } from '../storage/primary-peers.js';
import { METRICS_OF_ALL } from '../telemetry/metrics/exposition.js';
import { WorkerMetrics } from './worker-metrics.js';

/** What the primary does for its workers: keeps the books of their limits, passes news on, adds up their figures. */
export class PrimaryDesk {
  private readonly logger = new Logger('Workers');
  private readonly lines = new Map<number, Line>();
  private readonly books: CommonBooks;
  private readonly metrics: WorkerMetrics;
  /** What peers let be kept, by channel. */
  private readonly kept = new Map<string, Map<string, string>>();

  constructor(clock: Clock) {
    this.books = new CommonBooks(clock);
    this.metrics = new WorkerMetrics(clock);
    this.books.start();
  }

  /** @returns the line to it */
  admit(worker: Worker): Line {
    const line = new Line(
      inBatches((messages) => {
        // Without a callback a message to a worker that has just died would be an error that nobody catches.
        worker.process.send(messages, undefined, undefined, () => undefined);
      }),
      (error) => {
        this.logger.error(error);
      },
    );
    worker.on('message', (message) => {
      line.receive(message);
    });
    // Not at its `exit`, which may come before the last of its messages.
    worker.once('disconnect', () => {
      this.leave(worker.id);
    });
    this.lines.set(worker.id, line);
    this.serve(worker.id, line);
    return line;
  }

  private serve(worker: number, line: Line): void {
    line.on(RESERVE_LIMITS, (order) => this.books.reserve(worker, order));
    line.on(END_LIMITS, (order) => {
      this.books.settle(worker, order);
    });
    line.on(RENEW_LIMITS, (leases) => {
      this.books.renew(worker, leases);
    });
    line.on(PEER_NEWS, ({ channel, body, kept }) => {
      for (const [name, text] of Object.entries(kept ?? {})) this.keptOf(channel).set(name, text);
      for (const [id, other] of this.lines) {
        if (id !== worker) other.tell(PEER_NEWS, { channel, body, origin: String(worker) });
      }
    });
    line.on(PEER_RECALL, ({ channel }) => Object.fromEntries(this.keptOf(channel)));
    line.on(PEER_FORGET, ({ channel, names }) => {
      for (const name of names) this.keptOf(channel).delete(name);
    });
    line.on(METRICS_OF_ALL, () => this.metrics.write(this.lines));
  }

  private leave(worker: number): void {
    this.lines.get(worker)?.close();
    this.lines.delete(worker);
    this.books.leave(worker);
    this.metrics.leave(worker);
  }

  private keptOf(channel: string): Map<string, string> {
    let kept = this.kept.get(channel);
    if (kept === undefined) {
      kept = new Map();
      this.kept.set(channel, kept);
    }
    return kept;
  }
}

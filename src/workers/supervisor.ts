import { Logger } from '@nestjs/common';
import cluster, { type Worker } from 'node:cluster';
import type { Clock } from '../common/clock.js';
import { SERVING } from '../common/primary-link.js';
import { StartFault } from '../common/start-fault.js';
import type { StartReport } from '../common/start-report.js';
import type { PrimaryDesk } from './primary-desk.js';
import { RestartPauses } from './restart-pauses.js';

/** So many workers in a row that end before they serve are no accident. */
const MOST_FAILED_STARTS = 5;

/**
 * Starts the workers and keeps their number. The first one starts alone: what only a start finds out, of the database or
 * of the providers, is said once, and the schema is brought up to date before others look at it.
 */
export class Supervisor {
  private readonly logger = new Logger('Workers');
  private readonly pauses = new RestartPauses();
  private readonly running = new Set<Worker>();
  private readonly serving = new Set<Worker>();
  private readonly outcome = Promise.withResolvers<0 | 1>();
  private failedStarts = 0;
  private hasServed = false;
  private isAnnounced = false;
  private isStopping = false;
  /** Somebody has sent a signal. */
  private isAsked = false;
  private exitCode: 0 | 1 = 0;

  /** @param port where they listen, a certain one */
  constructor(
    private readonly count: number,
    private readonly port: number,
    private readonly desk: PrimaryDesk,
    private readonly clock: Clock,
    private readonly announce: (report: StartReport) => void,
  ) {}

  /**
   * @returns the exit code of the process, when all workers have ended
   * @throws StartFault when the first worker could not be started, or was killed before it served
   */
  run(): Promise<0 | 1> {
    cluster.on('exit', (worker, code, signal: string | null) => {
      this.onExit(worker, signal ?? code);
    });
    this.fork();
    return this.outcome.promise;
  }

  /** Lets every worker drain. A second time: ends everything at once. */
  stop(signal: NodeJS.Signals): void {
    if (this.isAsked) {
      for (const worker of this.running) worker.process.kill('SIGKILL');
      process.exit(1);
    }
    this.isAsked = true;
    this.logger.log(`${signal}: shutting down`);
    if (!this.isStopping) this.drain();
  }

  /** Those that do not serve yet read the configuration as it is now. */
  reload(): void {
    for (const worker of this.serving) worker.process.kill('SIGHUP');
  }

  private fork(): void {
    if (this.isStopping) return;
    const worker = cluster.fork({ PORT: String(this.port) });
    this.running.add(worker);
    worker.on('error', (error) => {
      // Without a process there is no exit. Whatever else goes wrong with one, its exit follows.
      if (worker.process.pid === undefined) this.onExit(worker, error.message);
    });
    this.desk.admit(worker).on(SERVING, (report) => {
      this.onServing(worker, report);
    });
  }

  private onServing(worker: Worker, report: StartReport): void {
    this.serving.add(worker);
    this.failedStarts = 0;
    this.logger.log({ message: 'A worker serves', worker: worker.id, pid: worker.process.pid });
    if (!this.hasServed) {
      this.hasServed = true;
      while (this.running.size < this.count && !this.isStopping) this.fork();
    }
    if (this.isAnnounced || this.serving.size < this.count) return;
    this.isAnnounced = true;
    this.announce({ ...report, workers: this.count });
  }

  private onExit(worker: Worker, how: number | string): void {
    if (!this.running.delete(worker)) return;
    const hasServed = this.serving.delete(worker);
    if (this.isStopping) {
      if (hasServed && how !== 0) this.exitCode = 1;
      if (this.running.size === 0) this.outcome.resolve(this.exitCode);
      return;
    }
    if (!this.hasServed) {
      // One that ended by itself has said why.
      if (typeof how === 'number') this.outcome.resolve(1);
      else this.outcome.reject(new StartFault(`The first worker ended before it served: ${how}`));
      return;
    }
    this.replace(worker, how, hasServed);
  }

  private replace(worker: Worker, how: number | string, hasServed: boolean): void {
    const pauseMs = this.pauses.next(this.clock.monotonic());
    const fields = { worker: worker.id, pid: worker.process.pid, exit: how };
    if (hasServed) {
      this.logger.warn({ message: 'A worker ended and is replaced', ...fields, pause_ms: pauseMs });
    } else if (++this.failedStarts < MOST_FAILED_STARTS) {
      this.logger.error({ message: 'A worker ended before it served', ...fields, pause_ms: pauseMs });
    } else {
      const message = `${String(MOST_FAILED_STARTS)} workers in a row ended before they served, the last with ${String(how)}; what they said is above. The others are shut down`;
      this.logger.error({ message, ...fields });
      this.exitCode = 1;
      this.drain();
      return;
    }
    this.clock.startTimer(pauseMs, () => {
      this.fork();
    });
  }

  private drain(): void {
    this.isStopping = true;
    if (this.running.size === 0) this.outcome.resolve(this.exitCode);
    for (const worker of this.running) worker.process.kill('SIGTERM');
  }
}

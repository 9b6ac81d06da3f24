import { Injectable } from '@nestjs/common';
import { ComingAndGoing } from '../common/coming-and-going.js';

/** How busy the process is, and whether it is on its way out. */
@Injectable()
export class Load {
  private running = 0;
  private draining = false;
  private refusing = false;
  private readonly waiting = new Set<() => void>();
  /** No signal, which goes through all of its listeners for each one that comes or goes. */
  private readonly ending = new ComingAndGoing<() => void>();
  private isGraceOver = false;

  /** Requests that were begun and have not ended, probes left out. */
  get inFlight(): number {
    return this.running;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** From now on `/health/ready` answers 503. Requests are served all the same until the process stops listening. */
  drain(): void {
    this.draining = true;
  }

  /** From now on requests are answered with 503; those that run go on. */
  refuse(): void {
    this.refusing = true;
  }

  /**
   * Calls the listener when the time that running requests have to finish is over. Whoever answers one then says so to
   * its caller and ends it at once: a moment later all connections are cut.
   * @returns a function that takes the listener away
   */
  onGraceOver(listener: () => void): () => void {
    if (!this.isGraceOver) return this.ending.add(listener);
    listener();
    return () => undefined;
  }

  /** The grace of the shutdown is over. */
  endGrace(): void {
    if (this.isGraceOver) return;
    this.isGraceOver = true;
    for (const listener of this.ending) listener();
  }

  get isRefusing(): boolean {
    return this.refusing;
  }

  begin(): void {
    this.running++;
  }

  end(): void {
    this.running--;
    if (this.running > 0) return;
    for (const resume of this.waiting) resume();
    this.waiting.clear();
  }

  /** Resolves as soon as nothing is in flight. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add(resolve));
  }
}

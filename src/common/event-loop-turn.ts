import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';

/** The current turn of the event loop, as those see it who share its time. */
@Injectable()
export class EventLoopTurn {
  private begunAt: number | undefined;
  private readonly listeners: ((ms: number) => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** Milliseconds from the first time that somebody asked in this turn. `now`: `Clock.monotonic`. */
  msAt(now: number): number {
    if (this.begunAt === undefined) {
      this.begunAt = now;
      // Immediates run after the sockets were seen to.
      setImmediate(this.end);
    }
    return now - this.begunAt;
  }

  /** `listener` hears how many milliseconds each turn took, of those in which somebody asked. */
  onEnd(listener: (ms: number) => void): void {
    this.listeners.push(listener);
  }

  private readonly end = (): void => {
    const ms = this.msAt(this.clock.monotonic());
    this.begunAt = undefined;
    for (const listener of this.listeners) listener(ms);
  };
}

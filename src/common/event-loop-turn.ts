import { Injectable } from '@nestjs/common';

/** The current turn of the event loop, as those see it who share its time. */
@Injectable()
export class EventLoopTurn {
  private begunAt: number | undefined;

  /** Milliseconds from the first time that somebody asked in this turn. `now`: `Clock.monotonic`. */
  msAt(now: number): number {
    if (this.begunAt === undefined) {
      this.begunAt = now;
      // Immediates run after the sockets were seen to.
      setImmediate(this.onEnd);
    }
    return now - this.begunAt;
  }

  private readonly onEnd = (): void => {
    this.begunAt = undefined;
  };
}

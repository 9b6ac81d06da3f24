import type { Clock, ClockTimer } from './clock.js';

/** Runs out whenever nothing has touched it for some time. A touch costs far less than setting a timer back. */
export class IdleTimer {
  private touchedAt: number;
  private timer: ClockTimer;

  constructor(
    private readonly clock: Clock,
    private readonly limitMs: number,
    private readonly onIdle: () => void,
  ) {
    this.touchedAt = clock.monotonic();
    this.timer = this.start(limitMs);
  }

  touch(): void {
    this.touchedAt = this.clock.monotonic();
  }

  /** Leaves out of the account time that was nobody's silence. */
  postpone(milliseconds: number): void {
    this.touchedAt += milliseconds;
  }

  cancel(): void {
    this.timer.cancel();
  }

  private start(milliseconds: number): ClockTimer {
    return this.clock.startTimer(milliseconds, () => {
      const leftMs = this.touchedAt + this.limitMs - this.clock.monotonic();
      if (leftMs > 0) {
        this.timer = this.start(leftMs);
        return;
      }
      this.touch();
      this.timer = this.start(this.limitMs);
      this.onIdle();
    });
  }
}

import { Clock, type ClockTimer } from '../../src/common/clock.js';

interface PendingTimer {
  dueAt: number;
  readonly milliseconds: number;
  readonly onTime: () => void;
}

/**
 * A clock that the test moves. Timers fire only in `advance`; sleeps (backoff, rate-limit waits) end at once, move the
 * time by what they would have taken and are listed in `slept`, unless `holdSleeps` is set: then they wait for
 * `advance` like timers.
 */
export class ManualClock extends Clock {
  readonly slept: number[] = [];
  holdSleeps = false;
  private readonly timers = new Set<PendingTimer>();

  constructor(private time = Date.UTC(2026, 0, 1)) {
    super();
  }

  override now(): number {
    return this.time;
  }

  override monotonic(): number {
    return this.time;
  }

  override startTimer(milliseconds: number, onTime: () => void): ClockTimer {
    const timer: PendingTimer = { dueAt: this.time + milliseconds, milliseconds, onTime };
    this.timers.add(timer);
    return {
      refresh: () => {
        timer.dueAt = this.time + milliseconds;
        this.timers.add(timer);
      },
      cancel: () => {
        this.timers.delete(timer);
      },
    };
  }

  override async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(milliseconds);
    if (this.holdSleeps) return super.sleep(milliseconds, signal);
    if (signal?.aborted === true) throw signal.reason;
    this.advance(milliseconds);
  }

  /** Moves the time and fires what is due on the way, in order. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers]
        .filter((timer) => timer.dueAt <= end)
        .sort((one, other) => one.dueAt - other.dueAt)[0];
      if (due === undefined) break;
      this.time = Math.max(this.time, due.dueAt);
      this.timers.delete(due);
      due.onTime();
    }
    this.time = end;
  }

  /** Whether a timer of this length is running. */
  hasTimer(milliseconds: number): boolean {
    return [...this.timers].some((timer) => timer.milliseconds === milliseconds);
  }
}

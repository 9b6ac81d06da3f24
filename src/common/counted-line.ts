import type { Clock } from './clock.js';

const PERIOD_MS = 1_000;

/** Something that may happen thousands of times a second: written at the first time, then once a second at most. */
export class CountedLine {
  private count = 0;
  private isCounting = false;

  /** @param write gets how often it happened since the last time */
  constructor(
    private readonly clock: Clock,
    private readonly write: (count: number) => void,
  ) {}

  /** @returns whether a new period began with it */
  note(): boolean {
    this.count++;
    if (this.isCounting) return false;
    this.isCounting = true;
    this.tell();
    const timer = this.clock.startTimer(PERIOD_MS, () => {
      this.isCounting = false;
      if (this.count > 0) this.tell();
    });
    timer.unref?.();
    return true;
  }

  private tell(): void {
    const { count } = this;
    this.count = 0;
    this.write(count);
  }
}

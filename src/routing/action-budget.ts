import type { Clock } from '../common/clock.js';

const WINDOW_SECONDS = 10;

/**
 * Bounds something that multiplies load (retries, hedges) to a share of the requests of the last ten seconds, with a
 * floor per second so that light traffic never meets it.
 */
export class ActionBudget {
  private readonly requests = new SecondCounter();
  private readonly actions = new SecondCounter();

  constructor(
    private readonly clock: Clock,
    private readonly share: number,
    private readonly floorPerSecond: number,
  ) {}

  noteRequest(): void {
    this.requests.add(this.second);
  }

  /** True: there was room, and it is used up. */
  take(): boolean {
    const { second } = this;
    const allowed = Math.max(this.share * this.requests.sum(second), this.floorPerSecond * WINDOW_SECONDS);
    if (this.actions.sum(second) >= allowed) return false;
    this.actions.add(second);
    return true;
  }

  private get second(): number {
    return Math.floor(this.clock.steady() / 1000);
  }
}

/** Counts of each of the last ten seconds. */
class SecondCounter {
  private readonly counts = new Array<number>(WINDOW_SECONDS).fill(0);
  private readonly seconds = new Array<number>(WINDOW_SECONDS).fill(0);

  add(second: number): void {
    const slot = second % WINDOW_SECONDS;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.counts[slot] = 0;
    }
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
  }

  sum(second: number): number {
    return this.counts.reduce(
      (sum, count, slot) => sum + ((this.seconds[slot] ?? 0) > second - WINDOW_SECONDS ? count : 0),
      0,
    );
  }
}

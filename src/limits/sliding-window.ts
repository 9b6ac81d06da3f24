const WINDOW_MS = 60_000;
const BUCKET_MS = 1_000;
/** The second that runs, and the sixty before it, in which something may still be less than a minute old. */
const SLOTS = WINDOW_MS / BUCKET_MS + 1;

/**
 * How much was used in the last 60 seconds, in buckets of one second. A bucket counts until its latest entry is 60
 * seconds old, so that no span of 60 seconds, wherever it begins, holds more than was let through; what came earlier
 * in the same second counts up to a second longer. Times are milliseconds of a clock that never runs backwards.
 */
export class SlidingWindow {
  private readonly amounts = new Float64Array(SLOTS);
  /** When each bucket got its latest entry; one without any has ended long ago. */
  private readonly latest = new Float64Array(SLOTS).fill(-Infinity);
  private total = 0;
  /** The seconds that buckets are kept of, both included. */
  private oldest = 0;
  private newest = -1;

  used(now: number): number {
    this.forget(now);
    return this.total;
  }

  add(amount: number, now: number): void {
    this.forget(now);
    const second = Math.floor(now / BUCKET_MS);
    if (this.newest < this.oldest) this.oldest = second;
    this.newest = second;
    const slot = second % SLOTS;
    this.amounts[slot] = this.amountOf(second) + amount;
    this.latest[slot] = now;
    this.total += amount;
  }

  /** Takes back of what was added at that time, unless it is forgotten already. */
  takeBack(amount: number, addedAt: number, now: number): void {
    this.forget(now);
    const second = Math.floor(addedAt / BUCKET_MS);
    if (second < this.oldest || second > this.newest) return;
    this.amounts[second % SLOTS] = this.amountOf(second) - amount;
    this.total -= amount;
  }

  /** In how many milliseconds this much of what is used will have left the window; 0: at once. */
  freesUpIn(amount: number, now: number): number {
    this.forget(now);
    let missing = amount;
    let end = now;
    for (let second = this.oldest; missing > 0 && second <= this.newest; second++) {
      if (this.amountOf(second) === 0) continue;
      missing -= this.amountOf(second);
      end = this.endOf(second);
    }
    return Math.ceil(end - now);
  }

  /** In how many milliseconds the window will be empty. */
  emptyIn(now: number): number {
    return this.freesUpIn(this.used(now), now);
  }

  private forget(now: number): void {
    while (this.oldest <= this.newest && this.endOf(this.oldest) <= now) {
      this.total -= this.amountOf(this.oldest);
      this.amounts[this.oldest % SLOTS] = 0;
      this.latest[this.oldest % SLOTS] = -Infinity;
      this.oldest++;
    }
  }

  private amountOf(second: number): number {
    return this.amounts[second % SLOTS] ?? 0;
  }

  private endOf(second: number): number {
    return (this.latest[second % SLOTS] ?? -Infinity) + WINDOW_MS;
  }
}

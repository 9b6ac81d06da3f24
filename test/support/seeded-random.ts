/** Random numbers that are the same for the same seed (mulberry32). */
export class SeededRandom {
  constructor(private state: number) {}

  /** At least 0, less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** At least 0, less than `limit`. */
  integer(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True in so many of one. */
  happens(share: number): boolean {
    return this.next() < share;
  }

  pick<Entry>(entries: readonly Entry[]): Entry {
    const entry = entries[this.integer(entries.length)];
    if (entry === undefined) throw new Error('nothing to pick from');
    return entry;
  }
}

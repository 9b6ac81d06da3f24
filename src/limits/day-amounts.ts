import { DAY_MS } from './budget-period.js';

/** Nano-dollars by day, since every period of a budget is made of whole days (UTC). */
export class DayAmounts {
  private readonly days = new Map<number, number>();

  get isEmpty(): boolean {
    return this.days.size === 0;
  }

  add(at: number, nano: number): void {
    const day = Math.floor(at / DAY_MS);
    if (nano !== 0) this.days.set(day, (this.days.get(day) ?? 0) + nano);
  }

  /** Takes away what is there, and no more. */
  subtract(at: number, nano: number): void {
    const day = Math.floor(at / DAY_MS);
    const left = (this.days.get(day) ?? 0) - nano;
    if (left > 0) this.days.set(day, left);
    else this.days.delete(day);
  }

  /** The sum from the beginning of a period on. */
  since(startsAt: number): number {
    let sum = 0;
    for (const [day, nano] of this.days) {
      if (day * DAY_MS >= startsAt) sum += nano;
    }
    return sum;
  }

  /** Moves everything over from another. */
  absorb(other: DayAmounts): void {
    for (const [day, nano] of other.days) this.days.set(day, (this.days.get(day) ?? 0) + nano);
    other.clear();
  }

  clear(): void {
    this.days.clear();
  }
}

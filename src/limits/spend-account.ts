import { DayAmounts } from './day-amounts.js';

/** One question to the database, under way. Times are of the monotonic clock. */
export interface Load {
  /** Beginning of the period that is asked for. */
  readonly since: number;
  readonly startedAt: number;
  /** Resolves when it is answered, has failed, or has taken as long as a request waits for it. */
  readonly ready: Promise<unknown>;
}

interface Base {
  readonly since: number;
  readonly nano: number;
  readonly loadedAt: number;
}

/**
 * What one key has spent, as far as this process knows: the sum in the database, and on top of it what was settled here
 * and may not be in that sum yet. A cost that was written while a load was under way may be in the load's sum or not;
 * it stays on top until the next load, so that it is rather counted twice for some seconds than missing.
 */
export class SpendAccount {
  load: Load | undefined;
  /** When the latest load began, and of which period. */
  triedAt = -Infinity;
  triedSince: number | undefined;
  hasFailed = false;
  usedAt = -Infinity;
  private base: Base | undefined;
  /** Settled here, not in the database. */
  private readonly pending = new DayAmounts();
  /** Written before the load under way began. */
  private readonly beforeLoad = new DayAmounts();
  /** Written since the latest load began. */
  private readonly sinceLoad = new DayAmounts();

  /** Nothing is lost when it is forgotten: a new one asks the database. */
  get isForgettable(): boolean {
    return this.pending.isEmpty && this.load === undefined;
  }

  spent(since: number): number {
    const { pending, beforeLoad, sinceLoad } = this;
    return this.inDatabase(since) + pending.since(since) + beforeLoad.since(since) + sinceLoad.since(since);
  }

  /** The sum in the database, when it was last asked; 0 before it answered. */
  inDatabase(since: number): number {
    return this.base?.since === since ? this.base.nano : 0;
  }

  /** When the database last answered for this period. */
  loadedAt(since: number): number {
    return this.base?.since === since ? this.base.loadedAt : -Infinity;
  }

  settled(at: number, nano: number): void {
    this.pending.add(at, nano);
  }

  committed(at: number, nano: number): void {
    this.pending.subtract(at, nano);
    this.sinceLoad.add(at, nano);
  }

  begin(load: Load): void {
    this.load = load;
    this.triedAt = load.startedAt;
    this.triedSince = load.since;
    this.beforeLoad.absorb(this.sinceLoad);
  }

  /** Of a load that was given up and answers after all, nothing is believed: what it left out is not known any more. */
  loaded(load: Load, nano: number): void {
    if (this.load !== load) return;
    this.load = undefined;
    this.hasFailed = false;
    this.base = { since: load.since, nano, loadedAt: load.startedAt };
    this.beforeLoad.clear();
  }

  failed(load: Load): void {
    if (this.load !== load) return;
    this.load = undefined;
    this.hasFailed = true;
  }
}

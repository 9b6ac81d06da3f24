import type { Clock, ClockTimer } from '../common/clock.js';
import { periodAround } from './budget-period.js';
import { CommonSpending } from './common-spending.js';
import { Lease, type LeaseOwner } from './lease.js';
import type { LimitedKey, Spend } from './limited-key.js';
import { LocalLimits } from './local-limits.js';
import type { SharedAnswer } from './shared-limits.js';

const SWEEP_MS = 10_000;

/** What a worker wants to have booked. */
export interface ReserveOrder extends Spend {
  /** The worker's own name for it. */
  readonly lease: string;
  readonly key: LimitedKey;
  /** Unix milliseconds at which the request came in. */
  readonly at: number;
  /** Nano-dollars of the period that are certain to be in the database. */
  readonly inDatabase: number;
}

export interface EndOrder {
  readonly lease: string;
  /** `null`: the request was not made. */
  readonly used: Spend | null;
}

/** The books of all workers of one gateway, in the process that started them: those of one process, with their names. */
export class CommonBooks implements LeaseOwner {
  private readonly spending: CommonSpending;
  private readonly books: LocalLimits;
  /** What has not ended, by worker and its name there. */
  private readonly workers = new Map<number, Map<string, Lease>>();
  private timer: ClockTimer | undefined;

  constructor(private readonly clock: Clock) {
    this.spending = new CommonSpending(clock);
    this.books = new LocalLimits(this.spending, clock);
  }

  /** Frees what its worker has not renewed in time, from now on. */
  start(): void {
    this.timer = this.clock.startTimer(SWEEP_MS, () => {
      this.timer?.refresh();
      this.books.sweep();
      this.spending.forgetIdle();
    });
    this.timer.unref?.();
  }

  /** Checks all limits and books, in one step. */
  reserve(worker: number, { lease, key, inDatabase, ...demand }: ReserveOrder): SharedAnswer {
    const { budgetNano, budgetPeriod } = key.limits;
    if (budgetNano !== undefined) {
      this.spending.raise(key.id, periodAround(budgetPeriod, this.clock.now()).startsAt, inDatabase);
    }
    // Whether a request runs, its worker says by renewing its lease.
    const outcome = this.books.book(key, demand, () => false, this);
    if (outcome instanceof Lease) this.leasesOf(worker).set(lease, outcome);
    const denial = outcome instanceof Lease ? undefined : outcome;
    return { denial, booking: { second: null, state: this.books.stateOf(key) } };
  }

  settle(worker: number, { lease: name, used }: EndOrder): void {
    const lease = this.leasesOf(worker).get(name);
    this.leasesOf(worker).delete(name);
    if (used === null) lease?.release();
    else lease?.settle(used);
  }

  renew(worker: number, names: readonly string[]): void {
    for (const name of names) {
      const lease = this.leasesOf(worker).get(name);
      if (lease !== undefined) this.books.hold(lease);
    }
  }

  /** The worker is gone, and all that ran in it. */
  leave(worker: number): void {
    for (const lease of this.leasesOf(worker).values()) this.books.free(lease);
    this.workers.delete(worker);
  }

  /** For `Lease`. */
  end(lease: Lease, used: Spend | null): void {
    this.books.end(lease, used);
  }

  /** For `Lease`. */
  stateOf({ key }: Lease): ReturnType<LeaseOwner['stateOf']> {
    return this.books.stateOf(key);
  }

  private leasesOf(worker: number): Map<string, Lease> {
    let leases = this.workers.get(worker);
    if (leases === undefined) {
      leases = new Map();
      this.workers.set(worker, leases);
    }
    return leases;
  }
}

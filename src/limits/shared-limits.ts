import type { Denial } from './find-refusal.js';
import type { Lease, SharedBooking } from './lease.js';
import type { Spend } from './limited-key.js';

/** What the common books say to a reservation. */
export interface SharedAnswer {
  /** Absent: it was booked. */
  readonly denial?: Denial | undefined;
  readonly booking: SharedBooking;
}

/** The books that several processes have in common. Every answer may be missing: then each process goes by its own. */
export abstract class SharedLimits {
  /** There are common books, and they can be asked now. */
  abstract get isUsable(): boolean;
  /**
   * Checks all limits and books, in one step.
   *
   * @param inDatabase nano-dollars of the period that are certain to be in the database: what the common books hold as
   * spent is never less, which fills them when they are new and after they were lost
   * @param lifeMs how long the lease is believed to run without being renewed
   * @param now Unix milliseconds
   */
  abstract reserve(
    lease: Lease,
    inDatabase: number,
    lifeMs: number,
    now: number,
  ): Promise<SharedAnswer | undefined>;
  /** Books what was used in place of what was reserved; `null`: the request was not made. */
  abstract end(lease: Lease, used: Spend | null, now: number): void;
  /** Prolongs the leases. */
  abstract renew(leases: Iterable<Lease>, lifeMs: number): void;
}

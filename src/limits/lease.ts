import type { LimitedKey, Spend } from './limited-key.js';
import type { LimitState, Reservation } from './reservation.js';

/** Whoever booked a lease, and takes it off the books. */
export interface LeaseOwner {
  end(lease: Lease, used: Spend | null): void;
  stateOf(lease: Lease): LimitState;
}

/** What is booked for one request. */
export interface Booking extends Spend {
  /** Unix milliseconds of the period that pays. */
  readonly at: number;
  /** When it was made, by the monotonic clock. */
  readonly madeAt: number;
}

/** What the common books have of it. */
export interface SharedBooking {
  /** The second of the windows in Redis; `null` where there is none, or it is not known whether Redis has it. */
  readonly second: number | null;
  readonly state: LimitState | undefined;
}

/** A reservation on the books of this process, and on the common ones where those were asked. */
export class Lease implements Reservation {
  /** Absent: they were not asked. */
  shared: SharedBooking | undefined;
  /** It counts as a running request until this time of the monotonic clock. */
  expiresAt = 0;
  /** Takes it out of those that count as running; absent while it does not. */
  leave: (() => void) | undefined;
  private isOver = false;

  constructor(
    readonly id: string,
    readonly key: LimitedKey,
    readonly booking: Booking,
    readonly isAlive: () => boolean,
    private readonly owner: LeaseOwner,
  ) {}

  settle(used: Spend): void {
    this.end(used);
  }

  release(): void {
    this.end(null);
  }

  state(): LimitState {
    return this.shared?.state ?? this.owner.stateOf(this);
  }

  private end(used: Spend | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.owner.end(this, used);
  }
}

/** Whether something of the key counts only as long as the request runs: its place among the parallel, its share of the budget. */
export function isHeld({ limits }: LimitedKey): boolean {
  return limits.maxParallel !== undefined || limits.budgetNano !== undefined;
}

import type { Spend } from './limited-key.js';

/** How one limit stands. */
export interface LimitStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Until nothing counts against the limit any more. */
  readonly resetMs: number;
}

/** The standings of the limits per minute that the key has, for response headers. */
export interface LimitState {
  readonly requests?: LimitStanding | undefined;
  readonly tokens?: LimitStanding | undefined;
}

/**
 * A request's place within the limits of its key. To be ended in one way or the other; what comes after the first is
 * without effect. One that is never ended frees itself within about a minute after its request has died.
 */
export interface Reservation {
  /** The request was made: it counts, with what it used, which may be more or less than was reserved, or nothing. */
  settle(used: Spend): void;
  /** The request was not made: it counts in no way. */
  release(): void;
  /** As the limits stand in this process, or as they stood for all of them when the reservation was made. */
  state(): LimitState;
}

/** The reservation of whoever has no limits. */
export const UNLIMITED: Reservation = {
  settle: () => undefined,
  release: () => undefined,
  state: () => ({}),
};

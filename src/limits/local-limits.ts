import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { ComingAndGoing } from '../common/coming-and-going.js';
import { periodAround } from './budget-period.js';
import { findRefusal, type Denial, type Standing } from './find-refusal.js';
import { KeyCounts } from './key-counts.js';
import { isHeld, Lease, type LeaseOwner } from './lease.js';
import type { Demand, LimitedKey, Spend } from './limited-key.js';
import type { LimitState } from './reservation.js';
import { SpendLedger } from './spend-ledger.js';
import { toLimitState } from './to-limit-state.js';
import { toRefusalError } from './to-refusal-error.js';

/** A running request's place is kept for this long without a sign that it still runs. */
export const LEASE_MS = 60_000;

/** What keys have spent. */
export type Spending = Pick<SpendLedger, 'spent' | 'settled'>;

/** The books of one process: what each key uses in it. */
@Injectable()
export class LocalLimits {
  private readonly counts = new Map<string, KeyCounts>();
  private readonly leases = new ComingAndGoing<Lease>();
  private serial = 0;

  constructor(
    @Inject(SpendLedger) private readonly ledger: Spending,
    private readonly clock: Clock,
  ) {}

  /**
   * As `book`.
   *
   * @throws GatewayError `rate_limit_exceeded`, `budget_exceeded`
   */
  reserve(key: LimitedKey, demand: Demand, isAlive: () => boolean, owner: LeaseOwner): Lease {
    const outcome = this.book(key, demand, isAlive, owner);
    if (outcome instanceof Lease) return outcome;
    throw toRefusalError(key, outcome, toWanted(key, demand), this.clock.now());
  }

  /** Checks all limits and books, with nothing in between. */
  book(key: LimitedKey, demand: Demand, isAlive: () => boolean, owner: LeaseOwner): Lease | Denial {
    const { limits } = key;
    const now = this.clock.monotonic();
    const at = this.clock.now();
    const counts = this.countsOf(key.id);
    const wanted = toWanted(key, demand);
    const standing = this.standing(key, counts, now, at);
    const refusal = findRefusal(limits, standing, wanted, counts.freesUp(now));
    if (refusal !== undefined) return { refusal, standing };
    if (limits.requestsPerMinute !== undefined) counts.requests.add(1, now);
    if (limits.tokensPerMinute !== undefined) counts.tokens.add(wanted.tokens, now);
    const booking = { ...wanted, at: demand.at ?? at, madeAt: now };
    const lease = new Lease((this.serial++).toString(36), key, booking, isAlive, owner);
    if (isHeld(key)) this.hold(lease);
    return lease;
  }

  /** Lets it count as running for another while, again if it did not any more. */
  hold(lease: Lease): void {
    lease.expiresAt = this.clock.monotonic() + LEASE_MS;
    if (lease.leave !== undefined) return;
    lease.leave = this.leases.add(lease);
    const counts = this.countsOf(lease.key.id);
    counts.running++;
    counts.reservedNano += lease.booking.costNano;
  }

  /** It does not run any more, and what it has used is not known. */
  free(lease: Lease): void {
    if (lease.leave === undefined) return;
    lease.leave();
    lease.leave = undefined;
    const counts = this.countsOf(lease.key.id);
    counts.running--;
    counts.reservedNano -= lease.booking.costNano;
  }

  /** Books what was used in place of what was reserved; `null`: the request was not made. */
  end(lease: Lease, used: Spend | null): void {
    const { key, booking } = lease;
    const { requestsPerMinute, tokensPerMinute, budgetNano } = key.limits;
    const now = this.clock.monotonic();
    const counts = this.countsOf(key.id);
    this.free(lease);
    if (used === null && requestsPerMinute !== undefined) counts.requests.takeBack(1, booking.madeAt, now);
    if (tokensPerMinute !== undefined) {
      const more = (used?.tokens ?? 0) - booking.tokens;
      // What was not foreseen counts from now on: the second of the reservation may be long past.
      if (more > 0) counts.tokens.add(more, now);
      else counts.tokens.takeBack(-more, booking.madeAt, now);
    }
    if (used !== null && budgetNano !== undefined) this.ledger.settled(key.id, booking.at, used.costNano);
  }

  /**
   * Prolongs what runs, frees what does not and has not been ended in time, and forgets the keys that rest.
   *
   * @returns what runs
   */
  sweep(): Lease[] {
    const now = this.clock.monotonic();
    const running: Lease[] = [];
    for (const lease of this.leases) {
      if (lease.isAlive()) {
        lease.expiresAt = now + LEASE_MS;
        running.push(lease);
      } else if (lease.expiresAt <= now) {
        this.free(lease);
      }
    }
    for (const [id, counts] of this.counts) {
      if (counts.isIdle(now)) this.counts.delete(id);
    }
    return running;
  }

  stateOf({ id, limits }: LimitedKey): LimitState {
    const { requests, tokens } = this.countsOf(id);
    const now = this.clock.monotonic();
    return toLimitState(limits, {
      requests: requests.used(now),
      requestsResetMs: requests.emptyIn(now),
      tokens: tokens.used(now),
      tokensResetMs: tokens.emptyIn(now),
    });
  }

  private standing({ id, limits }: LimitedKey, counts: KeyCounts, now: number, at: number): Standing {
    const { startsAt } = periodAround(limits.budgetPeriod, at);
    return {
      requests: counts.requests.used(now),
      tokens: counts.tokens.used(now),
      running: counts.running,
      spentNano: limits.budgetNano === undefined ? 0 : this.ledger.spent(id, startsAt),
      reservedNano: counts.reservedNano,
    };
  }

  private countsOf(id: string): KeyCounts {
    let counts = this.counts.get(id);
    if (counts === undefined) {
      counts = new KeyCounts();
      this.counts.set(id, counts);
    }
    return counts;
  }
}

/** A request that wants more than the whole limit may pass when nothing else does. */
function toWanted({ limits }: LimitedKey, { tokens, costNano }: Demand): Spend {
  return { tokens: Math.min(tokens, limits.tokensPerMinute ?? Infinity), costNano };
}

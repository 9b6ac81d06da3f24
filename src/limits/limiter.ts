import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, type ClockTimer } from '../common/clock.js';
import { periodAround } from './budget-period.js';
import type { Lease, LeaseOwner } from './lease.js';
import { hasLimits, type Demand, type LimitedKey, type Spend } from './limited-key.js';
import { LEASE_MS, LocalLimits } from './local-limits.js';
import type { LimitRefusal } from './limit-refusal.js';
import { UNLIMITED, type LimitStanding, type LimitState, type Reservation } from './reservation.js';
import { SharedLimits } from './shared-limits.js';
import { SpendLedger } from './spend-ledger.js';
import { toRefusalError } from './to-refusal-error.js';

/** Several times within a lease, so that a sweep that is late frees nothing that runs. */
const SWEEP_MS = 10_000;

/**
 * Keeps gateway keys within their limits: reserves before a call by an estimate, settles after it with what was used.
 * The books of this process come first: they know nothing that the common ones do not, so that what they refuse needs no
 * question. Without common books, or while they are away, they decide alone.
 */
@Injectable()
export class Limiter implements LeaseOwner, OnApplicationBootstrap, OnModuleDestroy {
  private timer: ClockTimer | undefined;

  constructor(
    private readonly local: LocalLimits,
    private readonly shared: SharedLimits,
    private readonly ledger: SpendLedger,
    private readonly clock: Clock,
  ) {}

  /**
   * Finds the request a place within all limits of its key, or in none. A promise only where something has to be waited
   * for: the common books, of which Redis gets 50 ms; the database when a budget is first looked at, at most 250 ms.
   *
   * @param isAlive whether the request still runs: as long as it does, its place is kept. Is called every 10 seconds
   * @throws GatewayError `rate_limit_exceeded`, `budget_exceeded`, at once or by the promise
   */
  reserve(key: LimitedKey, demand: Demand, isAlive: () => boolean): Reservation | Promise<Reservation> {
    const { id, limits } = key;
    if (!hasLimits(limits)) return UNLIMITED;
    if (limits.budgetNano !== undefined) {
      const ready = this.ledger.prepare(id, periodAround(limits.budgetPeriod, this.clock.now()).startsAt);
      if (ready !== undefined) return ready.then(() => this.reserveNow(key, demand, isAlive));
    }
    return this.reserveNow(key, demand, isAlive);
  }

  /** For `Lease`. */
  end(lease: Lease, used: Spend | null): void {
    this.local.end(lease, used);
    this.shared.end(lease, used, this.clock.now());
  }

  /** For `Lease`. */
  stateOf(lease: Lease): LimitState {
    return this.local.stateOf(lease.key);
  }

  /** How the limits stand after a refusal. Of the limit that refused nothing is left, whichever process used it. */
  stateAfter({ refusal }: LimitRefusal, key: LimitedKey): LimitState {
    const state = this.local.stateOf(key);
    const usedUp = (standing: LimitStanding): LimitStanding => ({
      ...standing,
      remaining: 0,
      resetMs: Math.max(standing.resetMs, refusal.waitMs ?? 0),
    });
    switch (refusal.limit) {
      case 'requests':
        return { ...state, requests: state.requests && usedUp(state.requests) };
      case 'tokens':
        return { ...state, tokens: state.tokens && usedUp(state.tokens) };
      case 'parallel':
      case 'budget':
        return state;
    }
  }

  onApplicationBootstrap(): void {
    this.timer = this.clock.startTimer(SWEEP_MS, () => {
      this.timer?.refresh();
      this.shared.renew(this.local.sweep(), LEASE_MS);
      this.ledger.forgetIdle();
    });
    this.timer.unref?.();
  }

  onModuleDestroy(): void {
    this.timer?.cancel();
  }

  private reserveNow(
    key: LimitedKey,
    demand: Demand,
    isAlive: () => boolean,
  ): Reservation | Promise<Reservation> {
    const lease = this.local.reserve(key, demand, isAlive, this);
    return this.shared.isUsable ? this.share(lease) : lease;
  }

  private async share(lease: Lease): Promise<Reservation> {
    const { key, booking } = lease;
    const now = this.clock.now();
    const { startsAt } = periodAround(key.limits.budgetPeriod, now);
    const inDatabase = this.ledger.inDatabase(key.id, startsAt);
    const answer = await this.shared.reserve(lease, inDatabase, LEASE_MS, now);
    lease.shared = answer?.booking ?? { second: null, state: undefined };
    if (answer?.denial === undefined) return lease;
    this.local.end(lease, null);
    throw toRefusalError(key, answer.denial, booking, now);
  }
}

import type { RedisConnection } from '../storage/redis-connection.js';
import { DAY_MS, periodAround } from './budget-period.js';
import { isHeld, type Lease } from './lease.js';
import type { KeyLimits, LimitedKey, Spend } from './limited-key.js';
import { END, RENEW, RESERVE } from './limit-scripts.js';
import { SharedLimits, type SharedAnswer } from './shared-limits.js';
import { toLimitState } from './to-limit-state.js';

const LIMITS = [undefined, 'requests', 'tokens', 'parallel', 'budget'] as const;
/** What was spent is kept for this long after its period; of a budget without an end, after the last request. */
const KEEP_SPENT_MS = DAY_MS;
const KEEP_TOTAL_MS = 30 * DAY_MS;
const ANSWER_LENGTH = 10;

/** The same books for all replicas, in Redis. */
export class RedisLimits extends SharedLimits {
  constructor(private readonly redis: RedisConnection) {
    super();
    redis.onUp(() => {
      void redis.ask((commands) => Promise.all([RESERVE, END, RENEW].map((script) => script.load(commands))));
    });
  }

  override get isUsable(): boolean {
    return this.redis.isUsable;
  }

  override async reserve(
    lease: Lease,
    inDatabase: number,
    lifeMs: number,
    now: number,
  ): Promise<SharedAnswer | undefined> {
    const { limits } = lease.key;
    const { tokens, costNano } = lease.booking;
    const answer = await this.redis.ask((redis) =>
      RESERVE.run(redis, this.keysOf(lease.key, now), [
        this.nameOf(lease),
        lifeMs,
        limits.requestsPerMinute ?? -1,
        limits.tokensPerMinute ?? -1,
        limits.maxParallel ?? -1,
        limits.budgetNano ?? -1,
        Math.round(tokens),
        Math.round(costNano),
        Math.round(inDatabase),
        forgetSpentAt(lease.key, now, now),
      ]),
    );
    return answer === undefined ? undefined : readAnswer(limits, answer);
  }

  override end(lease: Lease, used: Spend | null, now: number): void {
    if (!this.redis.isUsable) return;
    const { key, booking, shared } = lease;
    const booked = shared === undefined ? 0 : booking.tokens;
    const difference =
      key.limits.tokensPerMinute === undefined ? 0 : Math.round((used?.tokens ?? 0) - booked);
    const costNano = key.limits.budgetNano === undefined ? 0 : Math.round(used?.costNano ?? 0);
    if (!isHeld(key) && used !== null && difference === 0) return;
    void this.redis.ask((redis) =>
      END.run(redis, this.keysOf(key, booking.at), [
        this.nameOf(lease),
        shared?.second ?? -1,
        used === null ? 1 : 0,
        Math.max(0, -difference),
        Math.max(0, difference),
        costNano,
        forgetSpentAt(key, booking.at, now),
      ]),
    );
  }

  /** With one command for each gateway key, all under way together. */
  override renew(leases: Iterable<Lease>, lifeMs: number): void {
    if (!this.redis.isUsable) return;
    for (const [id, ofKey] of Map.groupBy(leases, (lease) => lease.key.id)) {
      const values = ofKey.flatMap((lease) => [this.nameOf(lease), Math.round(lease.booking.costNano)]);
      const keys = [this.keyOf(id, 'leases'), this.keyOf(id, 'reserved')];
      void this.redis.ask((redis) => RENEW.run(redis, keys, [lifeMs, ...values]));
    }
  }

  private nameOf(lease: Lease): string {
    return `${this.redis.origin}:${lease.id}`;
  }

  private keysOf({ id, limits }: LimitedKey, at: number): string[] {
    const { startsAt } = periodAround(limits.budgetPeriod, at);
    const names = ['requests', 'tokens', 'leases', 'reserved', `spent:${limits.budgetPeriod}:${startsAt}`];
    return names.map((name) => this.keyOf(id, name));
  }

  /** The braces put all that belongs to one gateway key into one slot of a cluster; the encoding keeps others out. */
  private keyOf(id: string, name: string): string {
    return `${this.redis.prefix}limits:{${encodeURIComponent(id)}}:${name}`;
  }
}

/** Unix milliseconds. */
function forgetSpentAt({ limits }: LimitedKey, at: number, now: number): number {
  const { endsAt } = periodAround(limits.budgetPeriod, at);
  return endsAt === null ? now + KEEP_TOTAL_MS : endsAt + KEEP_SPENT_MS;
}

function readAnswer(limits: KeyLimits, answer: unknown): SharedAnswer | undefined {
  if (!Array.isArray(answer) || answer.length !== ANSWER_LENGTH) return undefined;
  const numbers = answer.map(Number);
  const [refusedBy = 0, wait = 0, second = 0, requests = 0, requestsResetMs = 0] = numbers;
  const [tokens = 0, tokensResetMs = 0, running = 0, spentNano = 0, reservedNano = 0] = numbers.slice(5);
  const limit = LIMITS[refusedBy];
  const standing = { requests, tokens, running, spentNano, reservedNano };
  const windows = { requests, requestsResetMs, tokens, tokensResetMs };
  return {
    denial:
      limit === undefined ? undefined : { refusal: { limit, waitMs: wait < 0 ? null : wait }, standing },
    booking: { second, state: toLimitState(limits, windows) },
  };
}

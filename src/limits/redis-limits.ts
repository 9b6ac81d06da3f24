import type { RedisClient } from '../storage/redis-client.js';
import type { RedisConnection } from '../storage/redis-connection.js';
import type { RedisUse } from '../storage/redis-use.js';
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
const WINDOWS_AND_LEASES = ['requests', 'tokens', 'leases', 'reserved'] as const;
const PROBE_LIFE_MS = 1_000;
const PROBE_KEPT_MS = 60_000;
/** A limit that no probe reaches. */
const MANY = 1_000_000_000;

/** The same books for all replicas, in Redis. */
export class RedisLimits extends SharedLimits {
  private readonly use: RedisUse;

  constructor(private readonly redis: RedisConnection) {
    super();
    this.use = redis.use({
      name: 'limits',
      words: 'limits and budgets',
      check: (commands, now) => this.tryOut(commands, now),
    });
  }

  override get isUsable(): boolean {
    return this.use.isUsable;
  }

  override async reserve(
    lease: Lease,
    inDatabase: number,
    lifeMs: number,
    now: number,
  ): Promise<SharedAnswer | undefined> {
    const { limits } = lease.key;
    const { tokens, costNano } = lease.booking;
    const answer = await this.use.ask((redis) =>
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
    if (!this.use.isUsable) return;
    const { key, booking, shared } = lease;
    const booked = shared === undefined ? 0 : booking.tokens;
    const difference =
      key.limits.tokensPerMinute === undefined ? 0 : Math.round((used?.tokens ?? 0) - booked);
    const costNano = key.limits.budgetNano === undefined ? 0 : Math.round(used?.costNano ?? 0);
    if (!isHeld(key) && used !== null && difference === 0) return;
    void this.use.ask((redis) =>
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
    if (!this.use.isUsable) return;
    for (const [id, ofKey] of Map.groupBy(leases, (lease) => lease.key.id)) {
      const values = ofKey.flatMap((lease) => [this.nameOf(lease), Math.round(lease.booking.costNano)]);
      const keys = [this.keyOf(id, 'leases'), this.keyOf(id, 'reserved')];
      void this.use.ask((redis) => RENEW.run(redis, keys, [lifeMs, ...values]));
    }
  }

  /** The same scripts, on keys that are nobody's: an encoded name has no colon. They are loaded before they are needed. */
  private tryOut(commands: RedisClient, now: number): Promise<unknown> {
    const keys = [...WINDOWS_AND_LEASES, 'spent'].map(
      (name) => `${this.redis.prefix}limits:{:probe}:${name}`,
    );
    const { origin } = this.redis;
    const forgetAt = now + PROBE_KEPT_MS;
    return Promise.all([
      ...(this.isUsable ? [] : [RESERVE, END, RENEW].map((script) => script.load(commands))),
      RESERVE.run(commands, keys, [origin, PROBE_LIFE_MS, MANY, MANY, MANY, MANY, 1, 1, 1, forgetAt]),
      END.run(commands, keys, [origin, -1, 0, 0, 0, 0, forgetAt]),
    ]);
  }

  private nameOf(lease: Lease): string {
    return `${this.redis.origin}:${lease.id}`;
  }

  private keysOf({ id, limits }: LimitedKey, at: number): string[] {
    const { startsAt } = periodAround(limits.budgetPeriod, at);
    const names = [...WINDOWS_AND_LEASES, `spent:${limits.budgetPeriod}:${startsAt}`];
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

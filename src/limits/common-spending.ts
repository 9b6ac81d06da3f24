import type { Clock } from '../common/clock.js';
import { DAY_MS } from './budget-period.js';
import type { Spending } from './local-limits.js';

interface Spent {
  /** Beginning of the period. */
  readonly since: number;
  nano: number;
  usedAt: number;
}

/**
 * What keys have spent in their current period, as all workers together know it: never less than what is in the database,
 * and on top of it what was settled since. As the counter in Redis.
 */
export class CommonSpending implements Spending {
  private readonly keys = new Map<string, Spent>();

  constructor(private readonly clock: Clock) {}

  /** To be called before `spent`: some worker knows that so much is in the database. */
  raise(keyId: string, since: number, inDatabase: number): void {
    const usedAt = this.clock.monotonic();
    const found = this.keys.get(keyId);
    const nano = found?.since === since ? Math.max(found.nano, inDatabase) : inDatabase;
    this.keys.set(keyId, { since, nano, usedAt });
  }

  spent(keyId: string, since: number): number {
    const found = this.keys.get(keyId);
    return found?.since === since ? found.nano : 0;
  }

  /** What came in before the period began belongs to one that nobody asks for any more. */
  settled(keyId: string, at: number, costNano: number): void {
    const found = this.keys.get(keyId);
    if (found !== undefined && at >= found.since) found.nano += costNano;
  }

  /** Forgets the keys that have not been used for a day: the database knows what they have spent. */
  forgetIdle(): void {
    const before = this.clock.monotonic() - DAY_MS;
    for (const [keyId, { usedAt }] of this.keys) if (usedAt < before) this.keys.delete(keyId);
  }
}

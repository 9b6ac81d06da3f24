import { Topic, type Line } from '../common/line.js';
import type { EndOrder, ReserveOrder } from './common-books.js';
import type { Lease } from './lease.js';
import type { Spend } from './limited-key.js';
import { SharedLimits, type SharedAnswer } from './shared-limits.js';

export const RESERVE_LIMITS = new Topic<ReserveOrder, SharedAnswer>('limits.reserve');
export const END_LIMITS = new Topic<EndOrder>('limits.end');
export const RENEW_LIMITS = new Topic<readonly string[]>('limits.renew');

/** The books of all workers of this gateway, which the primary keeps. It answers as long as this process lives. */
export class PrimaryLimits extends SharedLimits {
  override readonly isUsable = true;

  constructor(private readonly line: Line) {
    super();
  }

  override reserve({ id, key, booking }: Lease, inDatabase: number): Promise<SharedAnswer | undefined> {
    const { tokens, costNano, at } = booking;
    return this.line.ask(RESERVE_LIMITS, { lease: id, key, tokens, costNano, at, inDatabase });
  }

  override end({ id }: Lease, used: Spend | null): void {
    this.line.tell(END_LIMITS, { lease: id, used });
  }

  override renew(leases: Iterable<Lease>): void {
    const names = Array.from(leases, ({ id }) => id);
    if (names.length > 0) this.line.tell(RENEW_LIMITS, names);
  }
}

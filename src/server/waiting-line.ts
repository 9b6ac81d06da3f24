import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';

/**
 * How long new requests may be started for in one turn of the event loop. The work that they cause later takes several
 * times as long, and all of it is what a probe waits for.
 */
const SLICE_MS = 2;

/** And how many of them at most. */
const SLICE_REQUESTS = 16;

interface Waiting {
  readonly start: () => void;
  readonly since: number;
}

/**
 * Starts requests a few at a time. When a hundred arrive together, the event loop would do the work of all of them
 * before it looks at its sockets again, and nobody would be answered meanwhile. Here those beyond a slice of time wait,
 * in order, and between two slices the loop sees to its sockets. While requests come one by one, nothing waits.
 */
@Injectable()
export class WaitingLine {
  private readonly waiting = new Set<Waiting>();
  private turnBegunAt: number | undefined;
  private sliceBegunAt: number | undefined;
  private isSlicing = false;

  constructor(private readonly clock: Clock) {}

  get length(): number {
    return this.waiting.size;
  }

  /** Milliseconds that the first in line has been waiting for; 0 when nobody waits. */
  get waitMs(): number {
    for (const { since } of this.waiting) return this.clock.monotonic() - since;
    return 0;
  }

  /**
   * Calls `start` at once or when its turn comes.
   * @returns a function that leaves the line; without effect once started
   */
  join(start: () => void): () => void {
    const now = this.clock.monotonic();
    if (this.turnBegunAt === undefined) {
      this.turnBegunAt = now;
      setImmediate(this.onTurnEnd);
    }
    if (this.waiting.size === 0 && now - this.turnBegunAt < SLICE_MS) {
      start();
      return () => undefined;
    }
    const entry: Waiting = { start, since: now };
    this.waiting.add(entry);
    if (!this.isSlicing) this.planSlice();
    return () => {
      this.waiting.delete(entry);
    };
  }

  private readonly onTurnEnd = (): void => {
    this.turnBegunAt = undefined;
  };

  /** Immediates run after the sockets were seen to, and what one of them promises is done before the next. */
  private planSlice(): void {
    this.isSlicing = true;
    this.sliceBegunAt = undefined;
    for (let count = 0; count < SLICE_REQUESTS; count++) setImmediate(this.startNext);
    setImmediate(this.onSliceEnd);
  }

  private readonly startNext = (): void => {
    const [next] = this.waiting;
    if (next === undefined) return;
    const now = this.clock.monotonic();
    this.sliceBegunAt ??= now;
    if (now - this.sliceBegunAt >= SLICE_MS) return;
    this.waiting.delete(next);
    next.start();
  };

  private readonly onSliceEnd = (): void => {
    this.isSlicing = false;
    if (this.waiting.size > 0) this.planSlice();
  };
}

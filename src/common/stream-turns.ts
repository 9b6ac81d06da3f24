import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';
import { ComingAndGoing } from './coming-and-going.js';
import { EventLoopTurn } from './event-loop-turn.js';

/** While its sockets are seen to, a turn of the event loop passes on for this long what streams bring; after that as long again. */
const SLICE_MS = 3;

/** Streams that are served in a slice at most. */
const SLICE_STREAMS = 128;

interface Waiting {
  readonly passOn: () => void;
  /** `Clock.monotonic`. */
  readonly since: number;
}

/**
 * Shares the time of the event loop out among streams. When hundreds of them bring something in one turn, whoever
 * connects would wait until all of it is passed on. Here what is beyond a slice of time waits, in order, and between two
 * slices the loop sees to its sockets. What a stream brings while it waits is passed on in one piece, which takes less.
 */
@Injectable()
export class StreamTurns {
  private readonly queue = new ComingAndGoing<Waiting>();
  private isSlicing = false;
  private plannedAt = 0;
  private slice: { readonly begunAt: number; readonly ms: number } | undefined;

  constructor(
    private readonly turn: EventLoopTurn,
    private readonly clock: Clock,
  ) {}

  /** Milliseconds that the first of those who wait has been waiting; 0 when nobody does. */
  get waitMs(): number {
    const { first } = this.queue;
    return first === undefined ? 0 : this.clock.monotonic() - first.since;
  }

  /** Calls `passOn` at once, or in its turn when streams have had their share of this one. */
  take(passOn: () => void): void {
    const now = this.clock.monotonic();
    if (this.queue.size === 0 && this.turn.msAt(now) < SLICE_MS) {
      passOn();
      return;
    }
    this.queue.add({ passOn, since: now });
    if (!this.isSlicing) this.planSlice();
  }

  /** Immediates run after the sockets were seen to, and what one of them promises is done before the next. */
  private planSlice(): void {
    this.isSlicing = true;
    this.plannedAt = this.clock.monotonic();
    this.slice = undefined;
    for (let count = 0; count < SLICE_STREAMS; count++) setImmediate(this.serveNext);
    setImmediate(this.onSliceEnd);
  }

  private readonly serveNext = (): void => {
    if (this.queue.size === 0) return;
    const now = this.clock.monotonic();
    // When a crowd connects, streams take half as long as it does, or they would come to a halt.
    this.slice ??= { begunAt: now, ms: Math.max(SLICE_MS, (now - this.plannedAt) / 2) };
    if (now - this.slice.begunAt < this.slice.ms) this.queue.shift()?.passOn();
  };

  private readonly onSliceEnd = (): void => {
    this.isSlicing = false;
    if (this.queue.size > 0) this.planSlice();
  };
}

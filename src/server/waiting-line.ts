import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { ComingAndGoing } from '../common/coming-and-going.js';
import { EventLoopTurn } from '../common/event-loop-turn.js';

/**
 * How long new requests may be started for in one turn of the event loop. The work that they cause later takes several
 * times as long, and all of it is what a probe waits for.
 */
const SLICE_MS = 1;

/** And how many of them at most. */
const SLICE_REQUESTS = 16;

/** After a turn that was longer than this they are started for a time that is shorter by as much, or one of them is. */
const LONG_TURN_MS = 20;

/** Share of the newest value in the average time between two starts. */
const NEWEST_SHARE = 0.02;

/**
 * Starts requests a few at a time. When a hundred arrive together, the event loop would do the work of all of them
 * before it looks at its sockets again, and nobody would be answered meanwhile. Here those beyond a slice of time wait,
 * in order, and between two slices the loop sees to its sockets. While requests come one by one, nothing waits.
 */
@Injectable()
export class WaitingLine {
  /** What starts each of those who wait. */
  private readonly queue = new ComingAndGoing<() => void>();
  private isSlicing = false;
  private isSliceNew = false;
  private sliceBegunAt = 0;
  private sliceMs = SLICE_MS;
  /** Of the last start since somebody waits. */
  private startedAt: number | undefined;
  private msPerStart = 0;

  constructor(
    private readonly turn: EventLoopTurn,
    private readonly clock: Clock,
  ) {}

  get length(): number {
    return this.queue.size;
  }

  /** Milliseconds that whoever comes now has to wait, by the pace of the latest starts; 0 when nobody waits. */
  get expectedWaitMs(): number {
    return this.queue.size * this.msPerStart;
  }

  /**
   * Calls `start` at once or when its turn comes.
   * @returns a function that leaves the line; without effect once started
   */
  join(start: () => void): () => void {
    const now = this.clock.monotonic();
    const turnMs = this.turn.msAt(now);
    const isAlone = this.queue.size === 0;
    if (isAlone && turnMs < SLICE_MS) {
      start();
      return () => undefined;
    }
    if (isAlone) this.startedAt = undefined;
    if (!this.isSlicing) this.planSlice();
    return this.queue.add(start);
  }

  /** Immediates run after the sockets were seen to, and what one of them promises is done before the next. */
  private planSlice(): void {
    this.isSlicing = true;
    this.isSliceNew = true;
    for (let count = 0; count < SLICE_REQUESTS; count++) setImmediate(this.startNext);
    setImmediate(this.onSliceEnd);
  }

  private readonly startNext = (): void => {
    if (this.queue.size === 0) return;
    const now = this.clock.monotonic();
    if (this.isSliceNew) this.beginSlice(now);
    if (now - this.sliceBegunAt >= this.sliceMs) return;
    if (this.startedAt !== undefined) {
      this.msPerStart += NEWEST_SHARE * (now - this.startedAt - this.msPerStart);
    }
    this.startedAt = now;
    this.queue.shift()?.();
  };

  private beginSlice(now: number): void {
    // Somebody has been waiting since the last one, so that it was in the turn before this.
    const turnMs = this.startedAt === undefined ? 0 : now - this.sliceBegunAt;
    this.sliceMs = turnMs > LONG_TURN_MS ? (SLICE_MS * LONG_TURN_MS) / turnMs : SLICE_MS;
    this.sliceBegunAt = now;
    this.isSliceNew = false;
  }

  private readonly onSliceEnd = (): void => {
    this.isSlicing = false;
    if (this.queue.size > 0) this.planSlice();
  };
}

import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';
import { ComingAndGoing } from './coming-and-going.js';
import { EventLoopTurn } from './event-loop-turn.js';

/**
 * How long new requests may be started for in one turn of the event loop. The work that they cause later takes several
 * times as long, and all of it is what a probe waits for.
 */
const SLICE_MS = 1;

/** And how many of them at most. */
const SLICE_REQUESTS = 16;

/** A turn that is longer than this makes the slices shorter by as much. */
const LONG_TURN_MS = 20;

/** Each one that is not makes them longer by as much, until they have their full length again. */
const RECOVERY = 1.25;

/** Whatever happens, one request is started in a turn. */
const SHORTEST_SLICE_MS = SLICE_MS / 64;

/** Share of the newest value in the average time between two starts. */
const NEWEST_SHARE = 0.02;

interface Waiting {
  readonly start: () => void;
  readonly isLarge: boolean;
}

/**
 * Starts requests a few at a time. When a hundred arrive together, the event loop would do the work of all of them
 * before it looks at its sockets again, and nobody would be answered meanwhile. Here those beyond a slice of time wait,
 * in order, and between two slices the loop sees to its sockets. While requests come one by one, nothing waits.
 */
@Injectable()
export class WaitingLine {
  private readonly queue = new ComingAndGoing<Waiting>();
  /** What lets those go on who have been started; they go first. */
  private readonly started = new ComingAndGoing<() => void>();
  private isSlicing = false;
  private isSliceNew = false;
  private isSliceUsed = false;
  private sliceBegunAt = 0;
  private sliceMs = SLICE_MS;
  /** Of the last start since somebody waits. */
  private startedAt: number | undefined;
  private msPerStart = 0;

  constructor(
    private readonly turn: EventLoopTurn,
    private readonly clock: Clock,
  ) {
    turn.onEnd((ms) => {
      this.sliceMs =
        ms > LONG_TURN_MS
          ? Math.max(SHORTEST_SLICE_MS, (this.sliceMs * LONG_TURN_MS) / ms)
          : Math.min(SLICE_MS, this.sliceMs * RECOVERY);
    });
  }

  get length(): number {
    return this.queue.size + this.started.size;
  }

  /** Milliseconds that whoever comes now has to wait, by the pace of the latest starts; 0 when nobody waits. */
  get expectedWaitMs(): number {
    return this.length * this.msPerStart;
  }

  /**
   * Calls `start` at once or when its turn comes.
   * @param isLarge what follows the start takes longer than a slice: nothing else is started in the same
   * @returns a function that leaves the line; without effect once started
   */
  join(start: () => void, isLarge = false): () => void {
    if (this.isFree()) {
      start();
      return () => undefined;
    }
    return this.queue.add({ start, isLarge });
  }

  /** For a request that has been started, before work that takes much longer than a start: resolves when its turn comes. */
  async goOn(): Promise<void> {
    if (this.isFree()) return;
    await new Promise<void>((resolve) => this.started.add(resolve));
  }

  /** False: who comes now has to wait, for a slice that is planned. */
  private isFree(): boolean {
    const turnMs = this.turn.msAt(this.clock.monotonic());
    const isAlone = this.length === 0;
    if (isAlone && turnMs < this.sliceMs) return true;
    if (isAlone) this.startedAt = undefined;
    if (!this.isSlicing) this.planSlice();
    return false;
  }

  /** Immediates run after the sockets were seen to, and what one of them promises is done before the next. */
  private planSlice(): void {
    this.isSlicing = true;
    this.isSliceNew = true;
    for (let count = 0; count < SLICE_REQUESTS; count++) setImmediate(this.serveNext);
    setImmediate(this.onSliceEnd);
  }

  private readonly serveNext = (): void => {
    if (this.length === 0) return;
    const now = this.clock.monotonic();
    if (this.isSliceNew) this.beginSlice(now);
    if (this.isSliceUsed || now - this.sliceBegunAt >= this.sliceMs) return;
    const goOn = this.started.shift();
    if (goOn === undefined) this.startNext(now);
    else goOn();
  };

  private beginSlice(now: number): void {
    this.isSliceNew = false;
    this.isSliceUsed = false;
    this.sliceBegunAt = now;
    // Turns in which nobody comes count too.
    this.turn.msAt(now);
  }

  private startNext(now: number): void {
    if (this.startedAt !== undefined) {
      this.msPerStart += NEWEST_SHARE * (now - this.startedAt - this.msPerStart);
    }
    this.startedAt = now;
    const next = this.queue.shift();
    if (next === undefined) return;
    this.isSliceUsed = next.isLarge;
    next.start();
  }

  private readonly onSliceEnd = (): void => {
    this.isSlicing = false;
    if (this.length > 0) this.planSlice();
  };
}

import type { Clock, ClockTimer } from '../../common/clock.js';
import type { StreamTurns } from '../../common/stream-turns.js';

/** How long a vendor may take to end its response after its end marker before the connection is given up. */
const TRAILER_MS = 1_000;
/** Bytes that are held for a reader that does not come for them, before the vendor is held up. */
const ROOM = 64 * 1024;
const NOW = Promise.resolve();

/** Where a body comes from, as its reader sees it. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** Closes the connection. */
  destroy(): void;
}

/**
 * Holds what has come of a body until somebody asks, who then gets all that has come since the last time: vendors send
 * many small pieces together. Filled without a stream in between, which costs several times as much.
 */
export class BodyReader {
  private pieces: Buffer[] = [];
  private size = 0;
  private isHeldUp = false;
  /** Nobody wants more, or nothing more comes. */
  private isOver = false;
  private isClosed = false;
  private failure: Error | undefined;
  private trailer: ClockTimer | undefined;
  private listener: (() => void) | undefined;

  constructor(
    private readonly source: BodySource,
    private readonly turns: StreamTurns,
    private readonly clock: Clock,
  ) {}

  /** Whether bytes, the end or a failure have come since. */
  get hasNews(): boolean {
    return this.size > 0 || this.isOver;
  }

  /** Calls the listener at the next news, once what comes with them has come. */
  onNews(listener: () => void): void {
    this.listener = listener;
  }

  /**
   * All bytes that have come since; `undefined` when the body has come to its end.
   * @throws what broke the body, after the bytes that came before
   */
  take(): Buffer | undefined {
    const { pieces, size } = this;
    if (size === 0) {
      if (this.failure !== undefined) throw this.failure;
      return undefined;
    }
    const [only] = pieces;
    this.pieces = [];
    this.size = 0;
    this.goOn();
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size);
  }

  /** Lets the last bytes of a whole stream arrive unread, so that the connection returns to its pool. */
  finish(): void {
    this.letGo();
    if (this.isClosed) return;
    this.trailer = this.clock.startTimer(TRAILER_MS, () => {
      this.source.destroy();
    });
    this.goOn();
  }

  /** Closes the connection. */
  destroy(): void {
    this.letGo();
    if (!this.isClosed) this.source.destroy();
  }

  /** For the source: bytes that have come. */
  add(piece: Buffer): void {
    if (this.isOver) return;
    this.pieces.push(piece);
    this.size += piece.length;
    if (this.size >= ROOM && !this.isHeldUp) {
      this.isHeldUp = true;
      this.source.pause();
    }
    this.tell();
  }

  /** For the source: nothing more comes. */
  end(failure?: Error): void {
    this.isClosed = true;
    this.trailer?.cancel();
    this.close(failure);
  }

  private goOn(): void {
    if (!this.isHeldUp) return;
    this.isHeldUp = false;
    this.source.resume();
  }

  private letGo(): void {
    this.pieces = [];
    this.size = 0;
    this.close();
  }

  private close(failure?: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.failure = failure;
    this.tell();
  }

  private tell(): void {
    const { listener } = this;
    if (listener === undefined) return;
    this.listener = undefined;
    this.turns.take(() => void NOW.then(listener));
  }
}

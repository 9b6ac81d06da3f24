import type { Readable } from 'node:stream';
import type { Clock } from '../../common/clock.js';
import { CallFailure } from '../call-failure.js';

/** How long a vendor may take to end its response after its end marker before the connection is given up. */
const TRAILER_MS = 1_000;
/** Bytes that are held for a reader that does not come for them, before the vendor is held up. */
const ROOM = 64 * 1024;

/**
 * Reads a body as it comes, always all that has come since the last time: vendors send many small pieces together. By
 * events, as an iterator over a stream costs several times as much.
 */
export class BodyReader {
  private pieces: Buffer[] = [];
  private size = 0;
  private isHeldUp = false;
  private isOver = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly body: Readable,
    private readonly clock: Clock,
  ) {
    body.on('data', (piece: Buffer) => {
      this.add(piece);
    });
    body.on('end', () => {
      this.end();
    });
    body.on('error', (error: Error) => {
      this.end(error);
    });
    body.on('close', () => {
      if (!this.isOver) this.end(new CallFailure({ type: 'reset', detail: 'connection reset' }));
    });
  }

  /** Whether bytes, the end or a failure have come since. */
  get hasNews(): boolean {
    return this.size > 0 || this.isOver;
  }

  untilNews(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /**
   * All bytes that have come since; `undefined` when the body has come to its end.
   * @throws what broke the body, after the bytes that came before
   */
  take(): Uint8Array | undefined {
    const { pieces, size } = this;
    if (size === 0) {
      if (this.failure !== undefined) throw this.failure;
      return undefined;
    }
    const [only] = pieces;
    this.pieces = [];
    this.size = 0;
    if (this.isHeldUp) {
      this.isHeldUp = false;
      this.body.resume();
    }
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size);
  }

  /** Lets the last bytes of a whole stream arrive unread, so that the connection returns to its pool. */
  finish(): void {
    this.letGo();
    const { body } = this;
    if (body.readableEnded || body.destroyed) return;
    const timer = this.clock.startTimer(TRAILER_MS, () => body.destroy());
    body.on('close', () => {
      timer.cancel();
    });
    body.resume();
  }

  /** Closes the connection. */
  destroy(): void {
    this.letGo();
    this.body.destroy();
  }

  private add(piece: Buffer): void {
    if (this.isOver) return;
    this.pieces.push(piece);
    this.size += piece.length;
    if (this.size >= ROOM) {
      this.isHeldUp = true;
      this.body.pause();
    }
    this.tell();
  }

  private letGo(): void {
    this.pieces = [];
    this.size = 0;
    this.end();
  }

  private end(failure?: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.failure = failure;
    this.tell();
  }

  private tell(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }
}

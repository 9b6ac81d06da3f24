import type { Clock } from '../common/clock.js';
import { IdleTimer } from '../common/idle-timer.js';
import type { StreamBody } from './stream-body.js';

/** Shorter than the idle time of the usual load balancers and clients. */
export const SILENCE_MS = 15_000;

/**
 * Keeps a stream's connection alive while nothing else is to be said: after each time of silence it writes a sign of
 * life that clients ignore. One timer for the whole stream, set back by every write.
 */
export class KeepAlive {
  private readonly timer: IdleTimer;

  /** @param begin sets the head of the stream, if it has not been written; false: it is too early for one */
  constructor(
    clock: Clock,
    private readonly body: StreamBody,
    private readonly sign: string,
    begin: () => boolean,
    readonly silenceMs = SILENCE_MS,
  ) {
    this.timer = new IdleTimer(clock, silenceMs, () => {
      if (begin()) this.say();
    });
  }

  /** A caller that does not read needs no sign of life, and gets none that would pile up. */
  say(): void {
    if (!this.body.isFull) this.body.write(this.sign);
  }

  /** Something was written. */
  touch(): void {
    this.timer.touch();
  }

  stop(): void {
    this.timer.cancel();
  }
}

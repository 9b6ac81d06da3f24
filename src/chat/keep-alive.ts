import type { Clock } from '../common/clock.js';
import { IdleTimer } from '../common/idle-timer.js';
import type { StreamBody } from './stream-body.js';

/** Shorter than the idle time of the usual load balancers and clients. */
const SILENCE_MS = 15_000;

/**
 * Keeps a stream's connection alive while nothing else is to be said: after each fifteen seconds of silence it writes
 * a sign of life that clients ignore. One timer for the whole stream, set back by every write.
 */
export class KeepAlive {
  private readonly timer: IdleTimer;

  /** @param begin writes the head of the stream, if it has not been written */
  constructor(clock: Clock, body: StreamBody, sign: string, begin: () => void) {
    this.timer = new IdleTimer(clock, SILENCE_MS, () => {
      begin();
      // A caller that does not read needs no sign of life, and gets none that would pile up.
      if (!body.isFull) body.write(sign);
    });
  }

  /** Something was written. */
  touch(): void {
    this.timer.touch();
  }

  stop(): void {
    this.timer.cancel();
  }
}

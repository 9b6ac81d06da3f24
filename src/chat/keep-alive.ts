import type { Clock, ClockTimer } from '../common/clock.js';
import type { StreamBody } from './stream-body.js';

/** Shorter than the idle time of the usual load balancers and clients. */
const SILENCE_MS = 15_000;

/**
 * Keeps a stream's connection alive while nothing else is to be said: after each fifteen seconds of silence it writes
 * a sign of life that clients ignore. One timer for the whole stream, set back by every write.
 */
export class KeepAlive {
  private readonly timer: ClockTimer;

  /** @param begin writes the head of the stream, if it has not been written */
  constructor(clock: Clock, body: StreamBody, sign: string, begin: () => void) {
    this.timer = clock.startTimer(SILENCE_MS, () => {
      begin();
      // A caller that does not read needs no sign of life, and gets none that would pile up.
      if (!body.response.writableNeedDrain) body.write(sign);
      this.timer.refresh();
    });
  }

  /** Something was written. */
  touch(): void {
    this.timer.refresh();
  }

  stop(): void {
    this.timer.cancel();
  }
}

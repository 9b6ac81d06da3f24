import type { FreesUp } from './find-refusal.js';
import { SlidingWindow } from './sliding-window.js';

/** What one key uses in this process. Times are of the monotonic clock. */
export class KeyCounts {
  readonly requests = new SlidingWindow();
  readonly tokens = new SlidingWindow();
  running = 0;
  reservedNano = 0;

  freesUp(now: number): FreesUp {
    return {
      requests: (amount) => this.requests.freesUpIn(amount, now),
      tokens: (amount) => this.tokens.freesUpIn(amount, now),
    };
  }

  isIdle(now: number): boolean {
    return this.running === 0 && this.requests.used(now) === 0 && this.tokens.used(now) === 0;
  }
}

import { Injectable } from '@nestjs/common';
import type { CancelSignal } from './cancel-signal.js';

/** A timer that can be started anew without being made anew. */
export interface ClockTimer {
  /** Starts the full time over. */
  refresh(): void;
  cancel(): void;
  /** Lets the process end while it runs. A clock that tests move has no need of it. */
  unref?(): void;
}

/** The time. Injected wherever time decides something, so that tests can move it by hand. */
export abstract class Clock {
  private epoch: number | undefined;

  /** Unix milliseconds. */
  abstract now(): number;
  /** Milliseconds from some fixed point, with fractions; never runs backwards. For measuring. */
  abstract monotonic(): number;

  /**
   * Unix milliseconds as they were when first asked for, moved on by `monotonic` alone: for deadlines that a correction
   * of the machine's clock must neither lengthen nor shorten.
   */
  steady(): number {
    this.epoch ??= this.now() - this.monotonic();
    return this.epoch + this.monotonic();
  }

  /**
   * By how much the time of day was corrected against `steady`, in milliseconds: what turns a time of the one into the
   * other. Less than a second is no correction but how such clocks are read.
   */
  correction(): number {
    const ahead = this.now() - this.steady();
    return Math.abs(ahead) < 1_000 ? 0 : Math.round(ahead);
  }

  abstract startTimer(milliseconds: number, onTime: () => void): ClockTimer;

  /** Waits; rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal?: CancelSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      const onAbort = (): void => {
        timer.cancel();
        reject(reasonOf(signal));
      };
      const timer = this.startTimer(milliseconds, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function reasonOf(signal: CancelSignal | undefined): Error {
  return signal?.reason ?? new Error('The wait was ended');
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

@Injectable()
export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }

  override monotonic(): number {
    return performance.now();
  }

  override startTimer(milliseconds: number, onTime: () => void): ClockTimer {
    const timer = setTimeout(onTime, Math.min(milliseconds, LONGEST_TIMER_MS));
    return {
      refresh: () => {
        timer.refresh();
      },
      cancel: () => {
        clearTimeout(timer);
      },
      unref: () => {
        timer.unref();
      },
    };
  }
}

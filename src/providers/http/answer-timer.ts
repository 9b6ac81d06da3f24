import type { Clock } from '../../common/clock.js';
import { IdleTimer } from '../../common/idle-timer.js';
import { CallFailure, type CallFailureFacts } from '../call-failure.js';

/** What is ended when the time is up. */
export interface Abortable {
  abort(reason: CallFailure): void;
}

type Awaited = Extract<CallFailureFacts, { type: 'timeout' }>['waitingFor'];

/**
 * One timer for a whole call. It first bounds the wait for the answer (or its first token), then, once told that
 * content has come, the silence between two reads. It aborts the call when the time is up, with the reason.
 */
export class AnswerTimer {
  private timer: IdleTimer;
  private limitMs: number;
  private waitingFor: Awaited;
  /** False while the reader of the stream is busy: a slow caller is not a silent vendor. */
  private waiting = true;

  constructor(
    private readonly clock: Clock,
    private readonly call: Abortable,
    waitingFor: 'answer' | 'first-token',
    limitMs: number,
  ) {
    this.waitingFor = waitingFor;
    this.limitMs = limitMs;
    this.timer = this.start();
  }

  /** From now on only the time between two reads counts. */
  expectChunks(idleMs: number): void {
    this.timer.cancel();
    this.waitingFor = 'next-chunk';
    this.limitMs = idleMs;
    this.timer = this.start();
  }

  /** The reader asks the vendor for more. */
  resume(): void {
    this.waiting = true;
    if (this.waitingFor === 'next-chunk') this.timer.touch();
  }

  /** The reader has something to work on and does not wait for the vendor. */
  pause(): void {
    if (this.waitingFor === 'next-chunk') this.waiting = false;
  }

  stop(): void {
    this.timer.cancel();
  }

  private start(): IdleTimer {
    return new IdleTimer(this.clock, this.limitMs, () => {
      if (!this.waiting) return;
      this.call.abort(
        new CallFailure({ type: 'timeout', waitingFor: this.waitingFor, milliseconds: this.limitMs }),
      );
    });
  }
}

import type { Clock, ClockTimer } from '../../common/clock.js';
import { IdleTimer } from '../../common/idle-timer.js';
import { CallFailure, type CallFailureFacts } from '../call-failure.js';

/** What is ended when the time is up. */
export interface Abortable {
  abort(reason: CallFailure): void;
}

/** How long a call waits for its answer, in milliseconds. */
export interface AnswerPatience {
  readonly waitingFor: 'answer' | 'first-token';
  /** Until the whole answer, or the first content of a stream. */
  readonly answerMs: number;
  /** Until anything at all has come. Absent: nothing has to come before the answer. */
  readonly firstSignMs?: number | undefined;
}

/**
 * What has come since the last wait: a part of the answer, a sign that the vendor is at work on something that it has
 * announced, or nothing but empty words.
 */
export type News = 'content' | 'work' | 'nothing';

type Awaited = Extract<CallFailureFacts, { type: 'timeout' }>['waitingFor'];

/**
 * One timer for a whole call. It first bounds the wait for the answer (or its first token) and, until something has
 * come, the silence before it. Once told that content has come, it bounds the wait for more of it. It aborts the call
 * when the time is up, with the reason.
 */
export class AnswerTimer {
  private timer: Pick<ClockTimer, 'cancel'>;
  /** Runs once content has come. */
  private idle: IdleTimer | undefined;
  private hasSign = false;
  /** False while the reader of the stream is busy: a slow caller is not a silent vendor. */
  private waiting = true;
  private news: News = 'nothing';
  private pausedAt = 0;
  private contentAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly call: Abortable,
    private readonly patience: AnswerPatience,
  ) {
    const { waitingFor, answerMs, firstSignMs = answerMs } = patience;
    this.timer = clock.startTimer(Math.min(firstSignMs, answerMs), () => {
      const leftMs = answerMs - firstSignMs;
      if (!this.hasSign || leftMs <= 0) this.giveUp(waitingFor, Math.min(firstSignMs, answerMs));
      else
        this.timer = clock.startTimer(leftMs, () => {
          this.giveUp(waitingFor, answerMs);
        });
    });
  }

  /** Something has come: the vendor is alive. */
  noteSign(): void {
    this.hasSign = true;
  }

  /** From now on the wait for the next content counts, and the last wait that begins after this replaces it. */
  expectContent(idleMs: number): void {
    this.timer.cancel();
    this.contentAt = this.clock.monotonic();
    this.idle = new IdleTimer(this.clock, idleMs, () => {
      if (this.waiting) this.giveUp('next-chunk', idleMs);
    });
    this.timer = this.idle;
  }

  /** The reader asks the vendor for more. */
  resume(): void {
    const { idle, news } = this;
    this.waiting = true;
    if (idle === undefined) return;
    if (news === 'content') {
      this.contentAt = this.clock.monotonic();
      idle.touch();
      return;
    }
    const now = this.clock.monotonic();
    const isPatient = news === 'work' && now - this.contentAt < this.patience.answerMs;
    if (isPatient) idle.touch();
    else idle.postpone(now - this.pausedAt);
  }

  /** The reader has something to work on and does not wait for the vendor. */
  pause(news: News): void {
    if (this.idle === undefined) return;
    this.waiting = false;
    this.news = news;
    if (news !== 'content') this.pausedAt = this.clock.monotonic();
  }

  stop(): void {
    this.timer.cancel();
  }

  private giveUp(waitingFor: Awaited, milliseconds: number): void {
    this.call.abort(new CallFailure({ type: 'timeout', waitingFor, milliseconds }));
  }
}

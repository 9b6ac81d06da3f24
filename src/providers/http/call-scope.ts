import type { CancelSignal } from '../../common/cancel-signal.js';
import type { Clock } from '../../common/clock.js';
import { CallFailure } from '../call-failure.js';
import { AnswerTimer, type Abortable, type AnswerPatience } from './answer-timer.js';
import type { Cancellation } from './cancellation.js';
import { toCallFailure } from './to-call-failure.js';

/** What one call holds while it is under way: its timer, and what ends it early. */
export class CallScope implements Cancellation, Abortable {
  readonly timer: AnswerTimer;
  failure: CallFailure | undefined;
  private listener: ((failure: CallFailure) => void) | undefined;
  private readonly onCallerLeft = (): void => {
    // Routing says why it lets a call go; from anybody else it means that the caller left.
    const { reason } = this.caller;
    this.abort(reason instanceof CallFailure ? reason : new CallFailure({ type: 'caller-left' }));
  };

  /** @param caller aborts when nobody wants the answer any more */
  constructor(
    clock: Clock,
    private readonly caller: CancelSignal,
    patience: AnswerPatience,
  ) {
    this.timer = new AnswerTimer(clock, this, patience);
    caller.addEventListener('abort', this.onCallerLeft, { once: true });
    if (caller.aborted) this.onCallerLeft();
  }

  onAbort(listener: (failure: CallFailure) => void): void {
    if (this.failure === undefined) this.listener = listener;
    else listener(this.failure);
  }

  abort(failure: CallFailure): void {
    if (this.failure !== undefined) return;
    this.failure = failure;
    this.listener?.(failure);
  }

  /** @throws CallFailure when the call was ended already */
  assertWanted(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** What a call fails with: why it was ended where it was, else the facts of the transport error. */
  toFailure(error: unknown, connectTimeoutMs: number): Error {
    if (this.failure !== undefined) return this.failure;
    if (error instanceof Error && error.name === 'GatewayError') return error;
    return toCallFailure(error, connectTimeoutMs);
  }

  /** Must be called when the call is over, whatever its end was. */
  release(): void {
    this.timer.stop();
    this.listener = undefined;
    this.caller.removeEventListener('abort', this.onCallerLeft);
  }
}

import type { Clock } from '../../common/clock.js';
import { CallFailure } from '../call-failure.js';
import { AnswerTimer } from './answer-timer.js';
import { toCallFailure } from './upstream-client.js';

/** What one call holds while it is under way: its timer, and the one signal that aborts it. */
export class CallScope {
  readonly timer: AnswerTimer;
  private readonly abort = new AbortController();
  private readonly onCallerLeft = (): void => {
    // Routing says why it lets a call go; from anybody else it means that the caller left.
    const { reason } = this.caller as { reason: unknown };
    this.abort.abort(reason instanceof CallFailure ? reason : new CallFailure({ type: 'caller-left' }));
  };

  /** @param caller aborts when nobody wants the answer any more */
  constructor(
    clock: Clock,
    private readonly caller: AbortSignal,
    waitingFor: 'answer' | 'first-token',
    timeoutMs: number,
  ) {
    this.timer = new AnswerTimer(clock, this.abort, waitingFor, timeoutMs);
    caller.addEventListener('abort', this.onCallerLeft, { once: true });
    if (caller.aborted) this.onCallerLeft();
  }

  /** Aborts with a `CallFailure` as its reason. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** What a call fails with: the reason of the abort where there was one, else the facts of the transport error. */
  toFailure(error: unknown, connectTimeoutMs: number): Error {
    if (this.abort.signal.aborted) return this.abort.signal.reason as CallFailure;
    if (error instanceof Error && error.name === 'GatewayError') return error;
    return toCallFailure(error, connectTimeoutMs);
  }

  /** Must be called when the call is over, whatever its end was. */
  release(): void {
    this.timer.stop();
    this.caller.removeEventListener('abort', this.onCallerLeft);
  }
}

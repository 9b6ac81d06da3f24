import type { CancelSignal } from '../common/cancel-signal.js';
import type { RequestTrace } from '../contract/request-trace.js';
import type { ConsideredTarget } from '../contract/request-record.js';
import type { AttemptRecord } from './attempt-record.js';
import type { Candidate } from './candidate.js';

/** One call about to be made. */
export interface Attempt {
  readonly candidate: Candidate;
  readonly record: AttemptRecord;
  /** What tells the vendor of the request's trace; absent where nothing does. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborts when the caller leaves or another attempt has answered first, with a `CallFailure` as its reason. */
  readonly signal: CancelSignal;
  /**
   * The call goes on after its answer was given (a stream): it counts as in flight until the returned function is
   * called.
   */
  readonly hold: () => () => void;
}

/** What is asked of a candidate, and how an answer that nobody wants any more is let go. */
export interface Operation<Answer> {
  /**
   * @throws CallFailure when the call failed; GatewayError `unsupported_parameter`, before any call, when the
   * candidate cannot do what the request asks for
   */
  ask(attempt: Attempt): Promise<Answer>;
  /**
   * Says nothing of how its targets serve chats: nobody rests for it, it is no trial of anybody, and nobody is asked
   * twice.
   */
  readonly isIncidental?: boolean | undefined;
  discard(answer: Answer): void;
}

/** An answer with the candidate that gave it. */
export interface Served<Answer> {
  readonly candidate: Candidate;
  readonly record: AttemptRecord;
  readonly answer: Answer;
}

/** What the caller's room knows of a request and routing needs; `attempts` is filled as calls are made. */
export interface RoutingContext {
  readonly requestId: string;
  /** Aborts when the caller leaves. */
  readonly signal: CancelSignal;
  /** `Clock.monotonic` at which the request came in. */
  readonly startedAt: number;
  /** Milliseconds in which nobody could be asked yet. */
  queuedMs: number;
  readonly attempts: AttemptRecord[];
  /** Who was passed over, by the name of the target, with times of `Clock.steady`. */
  considered?: Map<string, ConsideredTarget> | undefined;
  /** With tracing on only. */
  readonly trace?: RequestTrace | undefined;
}

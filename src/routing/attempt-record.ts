import type { GatewayError } from '../contract/gateway-error.js';
import type { AnswerMeter } from '../contract/answer-meter.js';
import type { Candidate } from './candidate.js';

/** One call of a request, for the log and the request's record. */
export interface AttemptRecord {
  readonly candidate: Candidate;
  /** The vendor's HTTP status, where one came. */
  status?: number | undefined;
  /** In our words; absent when the call succeeded. */
  error?: string | undefined;
  /** The vendor's own words for its failure, redacted; absent where it had none. */
  vendorMessage?: string | undefined;
  /** The vendor's name of a call that failed. */
  vendorRequestId?: string | undefined;
  /** Milliseconds after the request came in. */
  readonly startedMs: number;
  /** Milliseconds until the answer was whole, its stream was committed, or it failed. */
  ms?: number | undefined;
  /** The call's span, with tracing on. */
  spanId?: string | undefined;
  /** What came of the answer. */
  meter?: AnswerMeter | undefined;
  /** What broke the stream after content had gone out. */
  broken?: { readonly by: 'cut' | 'stalled' | 'shutdown'; readonly error: GatewayError } | undefined;
}

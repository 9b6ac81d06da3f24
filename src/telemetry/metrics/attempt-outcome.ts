import type { RecordedAttempt } from '../../contract/request-record.js';

/** What came of a call, in few words that do not change with the vendor. */
export type AttemptOutcome =
  | 'success'
  | 'invalid_request'
  | 'not_supported'
  | 'context_length'
  | 'content_policy'
  | 'key_refused'
  | 'forbidden'
  | 'no_credit'
  | 'model_not_found'
  | 'rate_limit'
  | 'server_error'
  | 'timeout'
  | 'reset'
  | 'cut'
  | 'caller_left'
  | 'superseded'
  | 'shutdown'
  | 'unreadable'
  | 'unreachable';

/** The words of `describeFailure`, which a test keeps to these. */
const BY_WORDS: readonly (readonly [RegExp, AttemptOutcome])[] = [
  [/^\d+ not supported by this model/, 'not_supported'],
  [/^\d+ context length exceeded/, 'context_length'],
  [/^\d+ content policy/, 'content_policy'],
  [/^\d+ key refused/, 'key_refused'],
  [/^\d+ forbidden/, 'forbidden'],
  [/^\d+ no credit/, 'no_credit'],
  [/^\d+ model not found/, 'model_not_found'],
  [/^\d+ rate limit/, 'rate_limit'],
  // 408 and 409 pass: the vendor's trouble, not the request's.
  [/^4(?!0[89])\d\d /, 'invalid_request'],
  [/^\d+ /, 'server_error'],
  [/^no (?:connection|answer|first token) within /, 'timeout'],
  [/^stream silent for /, 'timeout'],
  [/^stream ended before /, 'cut'],
  [/^connection reset/, 'reset'],
  [/^caller left/, 'caller_left'],
  [/^another attempt answered first/, 'superseded'],
  [/^the gateway is shutting down/, 'shutdown'],
  [/^(?:connection refused|host |network |address |TLS |link-local )/, 'unreachable'],
];

const read = new Map<string, AttemptOutcome>();
/** Words hold times and statuses of the configuration and of vendors: few, but not of our choosing. */
const MOST_READ = 1_000;

export function outcomeOf({ error }: RecordedAttempt): AttemptOutcome {
  if (error === null) return 'success';
  let outcome = read.get(error);
  if (outcome === undefined) {
    outcome = BY_WORDS.find(([words]) => words.test(error))?.[1] ?? 'unreadable';
    if (read.size < MOST_READ) read.set(error, outcome);
  }
  return outcome;
}

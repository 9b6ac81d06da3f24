import type { ErrorCode } from '../contract/gateway-error.js';
import type { VendorError } from '../contract/vendor-error.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import type { RestScope } from './candidate.js';

/** What the judgement depends on beside the facts. */
export interface FailureSituation {
  /** Content has gone out to the caller, so that nothing can be asked again. */
  readonly committed: boolean;
  readonly onContentFilter: 'stop' | 'next';
  /** 0: nothing rests but what a vendor told to wait. */
  readonly cooldownMs: number;
}

export interface Verdict {
  /** Whether the same candidate may be asked again within `max_retries`, and when. */
  readonly again: 'no' | 'backoff' | 'when-told';
  /** Whether another candidate may serve the request. */
  readonly next: boolean;
  /** Candidates that share this with the failed one are passed over for the rest of the request. */
  readonly passOver: RestScope;
  readonly rest: Rest | undefined;
  /** What the caller sees if nobody else answers. */
  readonly code: ErrorCode;
  /** HTTP status, where it is not the code's own. */
  readonly status?: number | undefined;
}

export interface Rest {
  readonly scope: RestScope;
  readonly forMs: number;
  /** The vendor said how long: no doubling, and no `cooldown: 0s`, changes it. */
  readonly told: boolean;
  readonly evidence: Evidence;
}

/**
 * How much a failure says of the target.
 *
 * - `clear`: the vendor itself says that it does not serve (a refused key, no credit, a rate limit, overload)
 * - `connection`: no connection came about; it may at any moment
 * - `ambiguous`: it may be the fault of this one request (another 5xx, a break, silence, an unreadable answer)
 */
export type Evidence = 'clear' | 'connection' | 'ambiguous';

/** A refused key rests longer than a failed call: only a person mends it. */
const CREDENTIALS_FACTOR = 5;
/** No vendor's hint takes a key out for longer. */
const LONGEST_TOLD_MS = 24 * 3_600_000;

/**
 * The failure table of the contract as one pure function: who is asked next, who rests and how long, and what the
 * caller sees if it was the last.
 */
export function judgeFailure(facts: CallFailureFacts, situation: FailureSituation): Verdict {
  const verdict = judgeUncommitted(facts, situation);
  if (!situation.committed) return verdict;
  // After content nobody can be asked again without the caller seeing two beginnings.
  const isVendorsWord = facts.type === 'vendor-error';
  return {
    ...verdict,
    again: 'no',
    next: false,
    code: isVendorsWord ? verdict.code : 'stream_interrupted',
    status: isVendorsWord ? verdict.status : undefined,
  };
}

function judgeUncommitted(facts: CallFailureFacts, situation: FailureSituation): Verdict {
  const verdict = judgeCall(facts, situation);
  const isRepeatUseless = facts.type === 'vendor-error' && facts.error.retryable === false;
  return isRepeatUseless ? { ...verdict, again: 'no' } : verdict;
}

function judgeCall(facts: CallFailureFacts, situation: FailureSituation): Verdict {
  const cooldown = (scope: RestScope, evidence: Evidence, factor = 1): Rest | undefined =>
    situation.cooldownMs === 0
      ? undefined
      : { scope, forMs: situation.cooldownMs * factor, told: false, evidence };
  switch (facts.type) {
    case 'vendor-error':
      return judgeVendorError(facts.error, situation, cooldown);
    case 'unreachable':
      return {
        again: 'backoff',
        next: true,
        passOver: 'provider',
        rest: cooldown('provider', 'connection'),
        code: 'upstream_error',
      };
    case 'reset':
    case 'unreadable':
    case 'cut':
      return {
        again: 'backoff',
        next: true,
        passOver: 'target',
        rest: cooldown('target', 'ambiguous'),
        code: 'upstream_error',
      };
    case 'timeout':
      return {
        again: 'no',
        next: true,
        passOver: 'target',
        rest: cooldown('target', 'ambiguous'),
        code: 'upstream_timeout',
      };
    case 'gateway-fault':
      // Another target may be called in another way, with a smaller answer, or a moment later.
      return { again: 'no', next: true, passOver: 'target', rest: undefined, code: 'internal_error' };
    case 'caller-left':
    case 'superseded':
    case 'shutting-down':
      return { again: 'no', next: false, passOver: 'provider', rest: undefined, code: 'caller_left' };
  }
}

function judgeVendorError(
  error: VendorError,
  situation: FailureSituation,
  cooldown: (scope: RestScope, evidence: Evidence, factor?: number) => Rest | undefined,
): Verdict {
  switch (error.kind) {
    case 'invalid_request':
      return {
        again: 'no',
        next: false,
        passOver: 'provider',
        rest: undefined,
        code: 'invalid_request',
        status: error.status,
      };
    case 'unsupported_request':
      return {
        again: 'no',
        next: true,
        passOver: 'target',
        rest: undefined,
        code: 'invalid_request',
        status: error.status,
      };
    case 'context_length':
      return {
        again: 'no',
        next: true,
        passOver: 'target',
        rest: undefined,
        code: 'context_length_exceeded',
      };
    case 'content_policy':
      return {
        again: 'no',
        next: situation.onContentFilter === 'next',
        passOver: 'target',
        rest: undefined,
        code: 'content_policy_violation',
      };
    case 'credentials':
    case 'no_credit':
      return {
        again: 'no',
        next: true,
        passOver: 'key',
        rest: cooldown('key', 'clear', CREDENTIALS_FACTOR),
        code: 'upstream_credentials_exhausted',
      };
    case 'forbidden':
      // A page of some proxy is nothing for the caller to read; a vendor's own words are.
      return {
        again: 'no',
        next: true,
        passOver: 'target',
        rest: undefined,
        ...(error.isPage === true
          ? { code: 'upstream_error' }
          : { code: 'upstream_forbidden', status: error.status }),
      };
    case 'model_not_found':
      return {
        again: 'no',
        next: true,
        passOver: 'target',
        rest: cooldown('target', 'clear'),
        code: 'model_not_found',
      };
    case 'rate_limit':
      return {
        again: error.retryAfterMs === undefined ? 'backoff' : 'when-told',
        next: true,
        passOver: 'key-model',
        rest: toldRest('key-model', error) ?? cooldown('key-model', 'clear'),
        code: 'rate_limit_exceeded',
      };
    case 'overloaded':
      return {
        again: error.retryAfterMs === undefined ? 'backoff' : 'when-told',
        next: true,
        passOver: 'target',
        rest: toldRest('target', error) ?? cooldown('target', 'clear'),
        code: 'upstream_unavailable',
      };
    case 'server':
      return {
        again: 'backoff',
        next: true,
        passOver: 'target',
        rest: cooldown('target', 'ambiguous'),
        code: 'upstream_error',
      };
  }
}

/** For as long as the vendor said, where it did. */
function toldRest(scope: RestScope, { retryAfterMs }: VendorError): Rest | undefined {
  if (retryAfterMs === undefined) return undefined;
  return { scope, forMs: Math.min(retryAfterMs, LONGEST_TOLD_MS), told: true, evidence: 'clear' };
}

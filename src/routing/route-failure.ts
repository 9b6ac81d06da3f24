import { GatewayError } from '../contract/gateway-error.js';
import type { JsonObject } from '../contract/json.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import type { Candidate } from './candidate.js';
import { describeFailure } from './describe-failure.js';
import type { Verdict } from './judge-failure.js';
import type { Plan } from './plan.js';
import type { RestBook, RestEntry } from './rest-book.js';

/** A failed call with its judgement. */
export interface JudgedFailure {
  readonly candidate: Candidate;
  readonly facts: CallFailureFacts;
  readonly verdict: Verdict;
  /** The vendor's own words and its name of the call, fit for logs. */
  readonly vendorMessage?: string | undefined;
  readonly vendorRequestId?: string | undefined;
}

/** `cooling down for 41 s (429 rate limit)` */
export function describeRest(entry: RestEntry, now: number): string {
  if (entry.until === Infinity) return entry.reason;
  return `cooling down for ${String(Math.ceil((entry.until - now) / 1000))} s (${entry.reason})`;
}

/** Nobody is told to ask again at once. */
const SOONEST_RETRY_MS = 1_000;

/**
 * The error of a request that nobody could serve: one line per provider considered, in order, and the code of the last
 * failure. `notes` has what is known of each provider by name; `redact` takes secrets out of a vendor's own message.
 */
export function toRouteError(
  plan: Plan,
  notes: ReadonlyMap<string, string>,
  last: JudgedFailure | undefined,
  book: RestBook,
  now: number,
  redact: (text: string) => string,
): GatewayError {
  const details = providersOf(plan).map(
    (provider) => `${provider}: ${notes.get(provider) ?? 'not tried (max_attempts reached)'}`,
  );
  const message = `All providers failed: ${details.join('; ')}`;
  const rests = plan.candidates.flatMap((candidate) => book.blocking(candidate) ?? []);
  const isAllResting = rests.length > 0 && rests.length === plan.candidates.length;
  const firstTry = isAllResting
    ? Math.min(...plan.candidates.map((candidate) => book.nextTry(candidate)))
    : Infinity;
  const retryAfterMs =
    firstTry === Infinity ? undefined : Math.max(Math.round(firstTry - now), SOONEST_RETRY_MS);
  if (last === undefined) {
    const isRateLimit = isAllResting && rests.every((entry) => entry.isRateLimit);
    const code = isRateLimit ? 'rate_limit_exceeded' : 'upstream_unavailable';
    return new GatewayError(code, message, { details, retryAfterMs });
  }
  const { facts, verdict } = last;
  const isRateLimit = verdict.code === 'rate_limit_exceeded';
  const told = facts.type === 'vendor-error' ? facts.error.retryAfterMs : undefined;
  const status = verdict.status;
  return new GatewayError(verdict.code, ownMessage(facts, verdict, redact) ?? message, {
    status,
    details,
    param:
      facts.type === 'vendor-error' && facts.error.param !== undefined
        ? redact(facts.error.param)
        : undefined,
    nativeDetails: isRequestFault(verdict) ? redactDetails(facts, redact) : undefined,
    retryAfterMs: isRateLimit ? (retryAfterMs ?? told) : isRequestFault(verdict) ? undefined : retryAfterMs,
    shouldRetry: isRequestFault(verdict) || isRateLimit ? undefined : false,
  });
}

function redactDetails(facts: CallFailureFacts, redact: (text: string) => string): JsonObject | undefined {
  const details = facts.type === 'vendor-error' ? facts.error.nativeDetails : undefined;
  if (details === undefined) return undefined;
  return JSON.parse(redact(JSON.stringify(details))) as JsonObject;
}

/** The error event of a stream that broke after content had gone out. */
export function toStreamError(failure: JudgedFailure, redact: (text: string) => string): GatewayError {
  const { candidate, facts, verdict } = failure;
  return new GatewayError(
    verdict.code,
    ownMessage(facts, verdict, redact) ??
      `The answer of ${candidate.provider} broke off (${describeFailure(facts)}) and is not complete`,
    { status: verdict.status, details: [`${candidate.provider}: ${describeFailure(facts)}`] },
  );
}

/** Faults of the request itself come with the vendor's words; faults of vendors with ours alone. */
function ownMessage(
  facts: CallFailureFacts,
  verdict: Verdict,
  redact: (text: string) => string,
): string | undefined {
  return isRequestFault(verdict) && facts.type === 'vendor-error' ? redact(facts.error.message) : undefined;
}

function isRequestFault(verdict: Verdict): boolean {
  switch (verdict.code) {
    case 'invalid_request':
    case 'context_length_exceeded':
    case 'content_policy_violation':
    case 'model_not_found':
    case 'upstream_forbidden':
      return true;
    default:
      return false;
  }
}

function providersOf(plan: Plan): readonly string[] {
  return [
    ...new Set([
      ...plan.candidates.map((candidate) => candidate.provider),
      ...plan.unusable.map(({ provider }) => provider),
    ]),
  ];
}

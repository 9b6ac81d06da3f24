import type { Request, Response } from 'express';
import { callerOf } from '../auth/caller-of.js';
import type { Caller } from '../auth/gateway-keys.js';
import type { CancelSignal } from '../common/cancel-signal.js';
import { contextOf, type RequestContext } from '../common/request-context.js';
import type { AnswerOrigin } from '../cache/cache-entry.js';
import type { AnswerMeter } from '../contract/answer-meter.js';
import type { CacheOutcome } from '../contract/request-record.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { Reservation } from '../limits/reservation.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
import type { RoutingContext } from '../routing/operation.js';
import type { Load } from '../telemetry/load.js';
import type { LargestAnswer } from '../usage/largest-answers.js';
import type { CountedUsage } from './count-usage.js';
import { requestSignal } from './request-signal.js';

/** What a request got without a call of its own. */
export interface CacheHit {
  /** How long ago the answer came. */
  readonly ageMs: number;
  readonly origin: AnswerOrigin;
  /** Nano-dollars that its call had cost, known when the answer has come to its end. */
  readonly savedNano: () => number | null;
  readonly meter: AnswerMeter;
}

/** One request on its way through the gateway: what is known of it so far. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly context: RequestContext;
  readonly caller: Caller;
  /** Aborts when the caller leaves or the process has no more time. */
  readonly signal: CancelSignal;
  /** The calls that were made, among others. */
  routing: RoutingContext;
  /** The wire format that the caller speaks. */
  readonly format: string;
  stream: boolean;
  /** As the caller named it. */
  requestedModel: string | undefined;
  /** Its place within the limits of its key. */
  reservation: Reservation | undefined;
  /** What requests like it took, where its key has limits. */
  largest: LargestAnswer | undefined;
  /** A chat request, once it was read. */
  asked: ChatRequest | undefined;
  /** The call whose answer the caller gets. */
  served: AttemptRecord | undefined;
  cache: CacheOutcome;
  /** An answer that was kept, or that was on its way to somebody else. */
  hit: CacheHit | undefined;
  /** Nano-dollars that kept vectors saved, where some of the inputs were known. */
  savedNano: number | null;
  /** Resolves at the end of a call that others may share, and that may outlast its caller. */
  callEnded: Promise<undefined> | undefined;
  /** Of an answer that is no chat. */
  counted: CountedUsage | undefined;
  /** `Clock.monotonic` when the first of the answer was handed to the caller's socket. */
  answeredAt: number | undefined;
  /** What ended a stream whose head had gone out already, before any content. */
  lateFailure: GatewayError | undefined;
  /** The answer as the caller got it, where it is kept. */
  answerText: string | undefined;
}

export function beginExchange(request: Request, response: Response, format: string, load: Load): Exchange {
  const context = contextOf(request);
  context.isExchange = true;
  const signal = requestSignal(response, load);
  return {
    request,
    response,
    context,
    caller: callerOf(request),
    signal,
    routing: {
      requestId: context.requestId,
      startedAt: context.startedAt,
      signal,
      attempts: [],
      queuedMs: 0,
      trace: context.trace,
    },
    format,
    stream: false,
    requestedModel: undefined,
    reservation: undefined,
    largest: undefined,
    asked: undefined,
    served: undefined,
    cache: 'bypass',
    hit: undefined,
    savedNano: null,
    callEnded: undefined,
    counted: undefined,
    answeredAt: undefined,
    lateFailure: undefined,
    answerText: undefined,
  };
}

/** Who served and which model the vendor says it was; before that, whom the gateway asked last. */
export function servedBy({
  hit,
  served,
  routing,
}: Exchange): { provider: string; model: string } | undefined {
  if (hit !== undefined) {
    return { provider: hit.origin.provider, model: hit.meter.servedModel || hit.origin.model };
  }
  const attempt = served ?? routing.attempts.at(-1);
  if (attempt === undefined) return undefined;
  const { candidate, meter } = attempt;
  return {
    provider: candidate.provider,
    model: (served === undefined ? undefined : meter?.servedModel) || candidate.model,
  };
}

import type { Request, Response } from 'express';
import { callerOf } from '../auth/caller-of.js';
import type { Caller } from '../auth/gateway-keys.js';
import { contextOf, type RequestContext } from '../common/request-context.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { Reservation } from '../limits/reservation.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
import type { RoutingContext } from '../routing/operation.js';
import type { CountedUsage } from './count-usage.js';
import { requestSignal } from './request-signal.js';

/** One request on its way through the gateway: what is known of it so far. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly context: RequestContext;
  readonly caller: Caller;
  /** Aborts when the caller leaves or the process has no more time. */
  readonly signal: AbortSignal;
  /** The calls that were made, among others. */
  readonly routing: RoutingContext;
  /** The wire format that the caller speaks. */
  readonly format: string;
  stream: boolean;
  /** As the caller named it. */
  requestedModel: string | undefined;
  /** Its place within the limits of its key. */
  reservation: Reservation | undefined;
  /** A chat request, once it was read. */
  asked: ChatRequest | undefined;
  /** The call whose answer the caller gets. */
  served: AttemptRecord | undefined;
  /** Of an answer that is no chat. */
  counted: CountedUsage | undefined;
  /** `Clock.monotonic` when the first of the answer was handed to the caller's socket. */
  answeredAt: number | undefined;
  /** What ended a stream whose head had gone out already, before any content. */
  lateFailure: GatewayError | undefined;
  /** The answer as the caller got it, where it is kept. */
  answerText: string | undefined;
}

/** @param graceOver aborts when a shutdown has waited long enough */
export function beginExchange(
  request: Request,
  response: Response,
  format: string,
  graceOver: AbortSignal,
): Exchange {
  const context = contextOf(request);
  context.isExchange = true;
  const signal = requestSignal(response, graceOver);
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
    asked: undefined,
    served: undefined,
    counted: undefined,
    answeredAt: undefined,
    lateFailure: undefined,
    answerText: undefined,
  };
}

/** Who served and which model the vendor says it was; before that, whom the gateway asked last. */
export function servedBy({ served, routing }: Exchange): { provider: string; model: string } | undefined {
  const attempt = served ?? routing.attempts.at(-1);
  if (attempt === undefined) return undefined;
  const { candidate, meter } = attempt;
  return {
    provider: candidate.provider,
    model: (served === undefined ? undefined : meter?.servedModel) || candidate.model,
  };
}

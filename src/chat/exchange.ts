import type { Request, Response } from 'express';
import { callerOf } from '../auth/caller-of.js';
import type { Caller } from '../auth/gateway-keys.js';
import { contextOf, type RequestContext } from '../common/request-context.js';
import type { Finish } from '../contract/chat-result.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { Usage } from '../contract/usage.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
import type { Candidate } from '../routing/candidate.js';
import { callerSignal } from './caller-signal.js';

/** One request on its way through the gateway: what is known of it so far. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly context: RequestContext;
  readonly caller: Caller;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  readonly attempts: AttemptRecord[];
  /** The wire format that the caller speaks. */
  format: string;
  stream: boolean;
  /** As the caller named it. */
  requestedModel: string | undefined;
  candidate: Candidate | undefined;
  /** What the vendor says it served; empty until it does. */
  servedModel: string;
  usage: Usage | undefined;
  /** Nano-dollars; `null` where no price is known. */
  cost: number | null;
  finish: Finish | undefined;
  /** The failure that ended a stream after content had gone out. */
  streamFailure: GatewayError | undefined;
}

export function beginExchange(request: Request, response: Response, format: string): Exchange {
  return {
    request,
    response,
    context: contextOf(request),
    caller: callerOf(request),
    signal: callerSignal(response),
    attempts: [],
    format,
    stream: false,
    requestedModel: undefined,
    candidate: undefined,
    servedModel: '',
    usage: undefined,
    cost: null,
    finish: undefined,
    streamFailure: undefined,
  };
}

import { randomBytes } from 'node:crypto';
import type { GatewayError } from '../contract/gateway-error.js';
import type {
  ConsideredTarget,
  EndReason,
  RecordedAttempt,
  RequestRecord,
} from '../contract/request-record.js';
import { isShutdown } from '../routing/end-reasons.js';
import type { Price } from '../usage/price-book.js';
import type { CountedUsage } from './count-usage.js';
import { endReasonOf } from './end-reason.js';
import { servedBy, type Exchange } from './exchange.js';

/** How an exchange ended. */
export interface ExchangeEnd {
  /** `Clock.monotonic`. */
  readonly at: number;
  /** What the caller got, or is about to get, as the HTTP status. */
  readonly status: number;
  readonly hasCallerLeft: boolean;
  /** What it ended in before anything was written. */
  readonly error: GatewayError | undefined;
}

const CALLER_LEFT = 499;

const processId = randomBytes(6).toString('base64url');
let count = 0;

/** Unique over all processes: ids of requests may be the caller's own. */
export function nextRecordId(): string {
  return `${processId}-${(++count).toString(36)}`;
}

export function toRecord(
  exchange: Exchange,
  end: ExchangeEnd,
  { usage, source }: CountedUsage,
  price: Price | null,
  attempts: readonly RecordedAttempt[],
  considered: readonly ConsideredTarget[] | undefined,
): RequestRecord {
  const { context, caller, routing, served } = exchange;
  const error = end.error ?? exchange.lateFailure ?? served?.broken?.error;
  const asked = servedBy(exchange);
  const totalMs = end.at - context.startedAt;
  return {
    id: nextRecordId(),
    requestId: context.requestId,
    at: context.receivedAt,
    keyId: caller.keyId ?? null,
    keyName: caller.keyName ?? null,
    format: exchange.format,
    stream: exchange.stream,
    requestedModel: exchange.requestedModel ?? null,
    provider: asked?.provider ?? null,
    model: asked?.model ?? null,
    status: end.hasCallerLeft ? CALLER_LEFT : end.status,
    endReason: endReason(exchange, end),
    error: end.hasCallerLeft ? 'caller_left' : (error?.code ?? null),
    attempts,
    ...(considered === undefined ? {} : { considered }),
    usage,
    usageSource: source,
    costNano: price?.nano ?? null,
    priceVersion: price?.version ?? null,
    cache: exchange.cache,
    savedNano: exchange.hit?.savedNano() ?? exchange.savedNano,
    finish: (exchange.hit ?? served)?.meter?.finish?.reason ?? null,
    queueMs: routing.queuedMs,
    firstTokenMs: exchange.stream && served?.ms !== undefined ? served.startedMs + served.ms : null,
    totalMs,
    overheadMs: overheadOf(exchange),
    ...(context.trace === undefined ? {} : { trace: context.trace }),
    ...(exchange.answerText === undefined
      ? {}
      : { bodies: { request: exchange.asked?.original.text ?? null, response: exchange.answerText } }),
  };
}

function endReason(exchange: Exchange, end: ExchangeEnd): EndReason {
  const { lateFailure, served, routing, response, signal } = exchange;
  if (end.hasCallerLeft) return 'caller_left';
  const error = end.error ?? lateFailure;
  if (error !== undefined) return endReasonOf(error, routing.attempts.length > 0);
  if (served?.broken !== undefined) return served.broken.by;
  // A caller that does not read cannot be told either.
  return isShutdown(signal) && !response.writableEnded ? 'shutdown' : 'done';
}

/** Milliseconds from the request to the first call, without the wait for somebody to ask, and from the answer on. */
function overheadOf({ context, routing, served, answeredAt }: Exchange): number | null {
  const [first] = routing.attempts;
  if (first === undefined || served?.ms === undefined || answeredAt === undefined) return null;
  const before = first.startedMs - routing.queuedMs;
  const after = answeredAt - context.startedAt - (served.startedMs + served.ms);
  return Math.max(0, before) + Math.max(0, after);
}

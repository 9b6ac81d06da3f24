import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { GatewayError } from '../contract/gateway-error.js';
import type { RequestTrace } from '../contract/request-trace.js';
import type { Clock } from './clock.js';

/** What the gateway knows of a request from its first moment. */
export interface RequestContext {
  readonly requestId: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
  /** `Clock.monotonic`. */
  readonly startedAt: number;
  /** Somebody has taken the request in hand, and will account for it. */
  isExchange: boolean;
  /** It is one of so many refusals that only their number is told. */
  isSummarized: boolean;
  /** The error that it was answered with. */
  failure: GatewayError | undefined;
  /** Of a stream that has begun: writes what means nothing to the caller. */
  sayAlive: (() => void) | undefined;
  /** With tracing on only. */
  trace: RequestTrace | undefined;
}

const WELL_FORMED_ID = /^[\w.:/+=@-]{1,128}$/;

/** Kept on the request itself: a weak map of objects that live so shortly costs the garbage collector dearly. */
const CONTEXT = Symbol('request context');

interface Begun {
  [CONTEXT]?: RequestContext;
}

/**
 * A UUID of version 7, which begins with the time: the log has an index of these ids, and new entries that lie side by
 * side in it cost a fraction of what scattered ones do.
 * @param now Unix milliseconds
 */
export function newRequestId(now: number): string {
  if (now !== latest.now) {
    const time = now.toString(16).padStart(12, '0');
    latest = { now, time: `${time.slice(0, 8)}-${time.slice(8)}-7` };
  }
  return latest.time + randomUUID().slice(15);
}

/** Under load several ids begin in the same millisecond. */
let latest = { now: NaN, time: '' };

/** Begins a request: the caller's own `x-request-id` where it is well-formed, else a new one. */
export function beginRequest(request: IncomingMessage, clock: Clock): RequestContext {
  const given = request.headers['x-request-id'];
  const receivedAt = clock.now();
  const context: RequestContext = {
    requestId: typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : newRequestId(receivedAt),
    receivedAt,
    startedAt: clock.monotonic(),
    isExchange: false,
    isSummarized: false,
    failure: undefined,
    sayAlive: undefined,
    trace: undefined,
  };
  (request as Begun)[CONTEXT] = context;
  return context;
}

export function contextOf(request: IncomingMessage): RequestContext {
  const context = (request as Begun)[CONTEXT];
  if (context === undefined) throw new Error('the request was not begun');
  return context;
}

/** The path of a request, without its query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  // Proxies may send the whole URL.
  if (!url.startsWith('/') && URL.canParse(url)) return new URL(url).pathname;
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

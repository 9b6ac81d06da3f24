import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestTrace } from '../contract/request-trace.js';

/** Later versions may have more behind a dash; version ff is none. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NO_ID = /^0+$/;
const SAMPLED = 1;
const LONGEST_STATE = 512;

/** Goes on with the caller's trace where it sent a sound `traceparent`, else begins a new one, which is sampled. */
export function beginTrace(headers: IncomingHttpHeaders, isToldToVendors: boolean): RequestTrace {
  const { traceparent } = headers;
  const [, version, traceId, parentSpanId, flags, more] =
    (typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent.trim()) : null) ?? [];
  const spanId = newSpanId();
  const isSound =
    traceId !== undefined &&
    parentSpanId !== undefined &&
    flags !== undefined &&
    !NO_ID.test(traceId) &&
    !NO_ID.test(parentSpanId) &&
    (version !== '00' || more === undefined);
  if (!isSound) {
    return { traceId: randomBytes(16).toString('hex'), spanId, isSampled: true, isToldToVendors };
  }
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
  return { traceId, spanId, parentSpanId, isSampled, state: readState(headers), isToldToVendors };
}

function readState({ tracestate }: IncomingHttpHeaders): string | undefined {
  const state = Array.isArray(tracestate) ? tracestate.join(',') : tracestate;
  return state === undefined || state.length > LONGEST_STATE ? undefined : state;
}

/** The id of a new span. */
export function newSpanId(): string {
  return randomBytes(8).toString('hex');
}

/** What tells a vendor that a call is part of the trace; `undefined` where vendors are not told. */
export function outgoingHeaders(
  { traceId, isSampled, state, isToldToVendors }: RequestTrace,
  spanId: string,
): Readonly<Record<string, string>> | undefined {
  if (!isToldToVendors) return undefined;
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}

import { describe, expect, it } from 'vitest';
import { beginTrace, newSpanId, outgoingHeaders } from './trace-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SPAN_ID = /^[\da-f]{16}$/;

describe('the trace of a request', () => {
  it("goes on with the caller's", () => {
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
    expect(beginTrace(headers, true)).toEqual({
      traceId: TRACE,
      spanId: expect.stringMatching(SPAN_ID) as string,
      parentSpanId: PARENT,
      isSampled: true,
      state: 'vendor=1',
      isToldToVendors: true,
    });
  });

  it.each([
    ['00', false],
    ['01', true],
    ['02', false],
    ['03', true],
  ])('is sampled as the flags %s of the caller say', (flags, isSampled) => {
    expect(beginTrace({ traceparent: `00-${TRACE}-${PARENT}-${flags}` }, true).isSampled).toBe(isSampled);
  });

  it('goes on with one of a later version', () => {
    expect(beginTrace({ traceparent: `cc-${TRACE}-${PARENT}-01-more` }, true).traceId).toBe(TRACE);
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-more`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${PARENT}-01`,
  ])('is a new one where the caller sends %j', (traceparent) => {
    const trace = beginTrace(
      { ...(traceparent === undefined ? {} : { traceparent }), tracestate: 'vendor=1' },
      true,
    );
    expect(trace).toEqual({
      traceId: expect.stringMatching(/^[\da-f]{32}$/) as string,
      spanId: expect.stringMatching(SPAN_ID) as string,
      isSampled: true,
      isToldToVendors: true,
    });
    expect(trace.traceId).not.toBe(TRACE);
  });

  it('leaves out a state that is too long to be passed on', () => {
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'x'.repeat(513) };
    expect(beginTrace(headers, true).state).toBeUndefined();
  });
});

describe('what vendors are told', () => {
  it('is the span of the call, the flag and the state', () => {
    const trace = beginTrace({ traceparent: `00-${TRACE}-${PARENT}-00`, tracestate: 'vendor=1' }, true);
    const spanId = newSpanId();
    expect(outgoingHeaders(trace, spanId)).toEqual({
      traceparent: `00-${TRACE}-${spanId}-00`,
      tracestate: 'vendor=1',
    });
  });

  it('is nothing where they are not to be told', () => {
    expect(outgoingHeaders(beginTrace({}, false), newSpanId())).toBeUndefined();
  });
});

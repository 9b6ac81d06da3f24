import { describe, expect, it } from 'vitest';
import { makeAttempt, makeServed } from '../../../test/support/make-served.js';
import type { RequestTrace } from '../../contract/request-trace.js';
import { toSpans } from './to-spans.js';

const TRACE: RequestTrace = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '1111111111111111',
  parentSpanId: '00f067aa0ba902b7',
  isSampled: true,
  isToldToVendors: true,
};

describe('the spans of a request', () => {
  it('are one of the gateway and one of each call, in their times', () => {
    const record = makeServed({
      attempts: [
        makeAttempt({
          provider: 'deepseek',
          model: 'deepseek-chat',
          startedMs: 2,
          ms: 50,
          status: 500,
          error: '500 Internal Server Error',
          spanId: 'aaaaaaaaaaaaaaaa',
        }),
        makeAttempt({ startedMs: 60, ms: 200, spanId: 'bbbbbbbbbbbbbbbb' }),
      ],
    });
    const [server, failed, served] = toSpans(record, TRACE, false);
    expect(server).toMatchObject({
      name: 'chat auto',
      kind: 'server',
      spanId: TRACE.spanId,
      parentSpanId: TRACE.parentSpanId,
      startedAt: record.at,
      endedAt: record.at + 310,
      error: undefined,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'auto',
        'gen_ai.response.model': 'gpt-4o-mini',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 20,
        'http.response.status_code': 200,
        'sluice.end_reason': 'done',
        'sluice.attempts': 2,
        'sluice.key': 'team-a',
        'sluice.cost_usd': 0.0000135,
      },
    });
    expect(failed).toMatchObject({
      name: 'chat deepseek-chat',
      kind: 'client',
      spanId: 'aaaaaaaaaaaaaaaa',
      parentSpanId: TRACE.spanId,
      startedAt: record.at + 2,
      endedAt: record.at + 52,
      error: '500 Internal Server Error',
      attributes: {
        'gen_ai.provider.name': 'deepseek',
        'error.type': 'server_error',
        'http.response.status_code': 500,
      },
    });
    expect(failed?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens');
    expect(served).toMatchObject({
      name: 'chat gpt-4o-mini',
      spanId: 'bbbbbbbbbbbbbbbb',
      startedAt: record.at + 60,
      endedAt: record.at + 310,
      error: undefined,
      attributes: { 'gen_ai.usage.output_tokens': 20, 'gen_ai.response.finish_reasons': ['stop'] },
    });
  });

  it('show where a stream began to speak, and that it broke', () => {
    const attempts = [
      makeAttempt({ startedMs: 5, ms: 400, error: 'stream ended before the answer was complete' }),
    ];
    const record = makeServed({
      stream: true,
      endReason: 'cut',
      error: 'upstream_error',
      attempts,
      totalMs: 900,
      finish: null,
    });
    const [server, call] = toSpans(record, TRACE, false);
    expect(server).toMatchObject({ error: 'upstream_error', attributes: { 'sluice.end_reason': 'cut' } });
    expect(call).toMatchObject({
      endedAt: record.at + 900,
      error: 'stream ended before the answer was complete',
      attributes: {
        'gen_ai.response.time_to_first_chunk': 0.4,
        'error.type': 'cut',
        'gen_ai.request.stream': true,
      },
    });
  });

  it('have no fault of the gateway in them when the request was refused', () => {
    const record = makeServed({
      status: 429,
      endReason: 'refused',
      error: 'rate_limit_exceeded',
      attempts: [],
      provider: null,
      model: null,
      usage: undefined,
      usageSource: 'none',
    });
    const [server, ...calls] = toSpans(record, TRACE, false);
    expect(server).toMatchObject({ error: undefined, attributes: { 'error.type': 'rate_limit_exceeded' } });
    expect(calls).toEqual([]);
  });

  it('hold prompts and answers only when they are switched on, and not all of a long one', () => {
    const record = makeServed({ bodies: { request: 'x'.repeat(100_000), response: 'the answer' } });
    expect(JSON.stringify(toSpans(record, TRACE, false))).not.toContain('the answer');
    expect(toSpans(record, TRACE, true)[0]?.attributes).toMatchObject({
      'sluice.request.body': 'x'.repeat(65_536),
      'sluice.response.body': 'the answer',
    });
  });

  it('name embeddings as what they are', () => {
    expect(toSpans(makeServed({ format: 'openai-embeddings' }), TRACE, false)[0]?.name).toBe(
      'embeddings auto',
    );
  });
});

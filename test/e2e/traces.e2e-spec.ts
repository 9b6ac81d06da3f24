import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RecordSinks } from '../../src/common/record-sinks.js';
import { beginTrace } from '../../src/common/trace-context.js';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.js';
import { readExposition, total } from '../support/exposition.js';
import { makeAttempt, makeServed } from '../support/make-served.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const YAML = `
providers:
  - { name: openai, vendor: openai, api_keys: [vendor-key] }
`;

describe('what an OTLP receiver gets', () => {
  let receiver: OtlpReceiver;
  let gateway: RunningGateway;

  beforeEach(async () => {
    receiver = await startOtlpReceiver();
    gateway = await startGateway({ yaml: YAML, environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  });

  afterEach(async () => {
    await gateway.close();
    await receiver.close();
  });

  const record = (changes: Parameters<typeof makeServed>[0]) => {
    gateway.app.get(RecordSinks).record(makeServed(changes));
  };

  test('is each request with its calls, and it gets the last of them when the gateway ends', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const trace = beginTrace({ traceparent, tracestate: 'vendor=1' }, true);
    const at = Date.UTC(2026, 0, 1) + 123;
    record({ at, trace, attempts: [makeAttempt({ spanId: 'bbbbbbbbbbbbbbbb', startedMs: 1.25 })] });
    await gateway.close();
    expect(receiver.paths).toEqual(['/v1/traces']);
    const [server, call] = receiver.spans;
    expect(receiver.spans).toHaveLength(2);
    expect(server).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: trace.spanId,
      parentSpanId: '00f067aa0ba902b7',
      state: 'vendor=1',
      name: 'chat auto',
      kind: 2,
      status: { code: 0 },
      resource: { 'service.name': 'sluice' },
      attributes: {
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.output_tokens': 20,
        'gen_ai.request.stream': false,
        'sluice.cost_usd': 0.0000135,
      },
    });
    expect(server?.startedAt).toBeCloseTo(at, 3);
    expect(call).toMatchObject({ spanId: 'bbbbbbbbbbbbbbbb', parentSpanId: trace.spanId, kind: 3 });
    expect(call?.startedAt).toBeCloseTo(at + 1.25, 3);
  });

  test('is nothing of a trace that the caller does not keep', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
    record({ trace: beginTrace({ traceparent }, true) });
    record({ trace: beginTrace({}, true) });
    await gateway.close();
    expect(receiver.spans.map(({ kind }) => kind)).toEqual([2, 3]);
    expect(receiver.spans.every(({ traceId }) => traceId !== '4bf92f3577b34da6a3ce929d0e0e4736')).toBe(true);
  });

  test('is counted, and a receiver that takes nothing is told of once', async () => {
    receiver.status = 400;
    // A full batch is sent at once.
    for (let index = 0; index < 300; index++) record({ trace: beginTrace({}, true) });
    await vi.waitFor(() => {
      expect(gateway.logs.matching({ message: 'Traces cannot be sent' })).toHaveLength(1);
    });
    const samples = readExposition(await (await fetch(`${gateway.url}/metrics`)).text());
    expect(total(samples, 'sluice_trace_spans_total', { outcome: 'lost' })).toBeGreaterThanOrEqual(512);
    expect(total(samples, 'sluice_trace_spans_total', { outcome: 'exported' })).toBe(0);
  });
});

describe('the libraries of OpenTelemetry', () => {
  /** Tells on standard error which of their modules are loaded. */
  const HOOK = `data:text/javascript,${encodeURIComponent(
    "import { registerHooks } from 'node:module';" +
      "registerHooks({ load(url, context, next) { if (url.includes('@opentelemetry')) process.stderr.write('loaded ' + url + '\\n'); return next(url, context); } });",
  )}`;

  test.each([
    [false, ''],
    [true, 'http://127.0.0.1:9'],
  ])(
    'are loaded: %s, with the endpoint "%s"',
    async (isLoaded, endpoint) => {
      const gateway = new GatewayProcess({
        main: await buildGateway(),
        yaml: YAML,
        environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, NODE_OPTIONS: `--import=${HOOK}` },
      });
      try {
        await gateway.listening();
        expect(gateway.stderr.includes('loaded ')).toBe(isLoaded);
      } finally {
        await gateway.dispose();
      }
    },
    120_000,
  );
});

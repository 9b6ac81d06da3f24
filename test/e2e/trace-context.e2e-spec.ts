import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson, postStream } from '../support/http.js';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'the prompt' }] };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' };
const [SERVER, CLIENT] = [2, 3];

describe('a traced request', () => {
  let openai: Simulator;
  let anthropic: Simulator;
  let receiver: OtlpReceiver;
  let gateway: RunningGateway;

  beforeAll(async () => {
    openai = await startSimulator({ format: 'openai' });
    anthropic = await startSimulator({ format: 'anthropic' });
  });

  beforeEach(async () => {
    receiver = await startOtlpReceiver();
  });

  afterEach(async () => {
    await receiver.close();
    await Promise.all([openai.clear(), anthropic.clear()]);
  });

  afterAll(() => Promise.all([openai.close(), anthropic.close()]));

  const start = async (more = '', environment = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }) => {
    gateway = await startGateway({
      environment,
      yaml: `
providers:
  - { name: openai, vendor: openai, base_url: ${openai.url}/v1, api_keys: [k1], model: gpt-4o-mini, models: [gpt-4o-mini, text-embedding-3-small], max_retries: 0 }
  - { name: anthropic, vendor: anthropic, base_url: ${anthropic.url}, api_keys: [k2], model: claude-haiku-4-5, max_retries: 0 }
${more}`,
    });
  };
  const chat = (body: object = {}, headers: Record<string, string> = CALLER) =>
    postJson(`${gateway.url}/v1/chat`, { ...QUESTION, ...body }, headers);
  /** All spans, the gateway's own first. */
  const spansAtTheEnd = async (): Promise<readonly ReceivedSpan[]> => {
    await gateway.close();
    return [...receiver.spans].sort((one, other) => one.kind - other.kind || one.startedAt - other.startedAt);
  };

  test("goes on with the caller's trace, through a failover, to both vendors", async () => {
    await start();
    openai.script(['status-500']);
    expect((await chat()).status).toBe(200);
    const [server, failed, served] = await spansAtTheEnd();
    expect(server).toMatchObject({
      kind: SERVER,
      traceId: TRACE_ID,
      parentSpanId: '00f067aa0ba902b7',
      state: 'vendor=1',
      attributes: {
        'sluice.attempts': 2,
        'gen_ai.provider.name': 'anthropic',
        'http.response.status_code': 200,
      },
    });
    expect(failed).toMatchObject({
      kind: CLIENT,
      traceId: TRACE_ID,
      parentSpanId: server?.spanId,
      name: 'chat gpt-4o-mini',
      status: { code: 2, message: '500 Internal Server Error' },
    });
    expect(served).toMatchObject({
      kind: CLIENT,
      parentSpanId: server?.spanId,
      name: 'chat claude-haiku-4-5',
      status: { code: 0 },
    });
    expect(openai.requests.at(-1)?.headers).toMatchObject({
      traceparent: `00-${TRACE_ID}-${failed!.spanId}-01`,
      tracestate: 'vendor=1',
    });
    expect(anthropic.requests.at(-1)?.headers.traceparent).toBe(`00-${TRACE_ID}-${served!.spanId}-01`);
    // Within the request, one call after the other.
    expect(failed!.startedAt).toBeGreaterThanOrEqual(server!.startedAt);
    expect(served!.startedAt).toBeGreaterThanOrEqual(failed!.endedAt - 0.001);
    expect(served!.endedAt).toBeLessThanOrEqual(server!.endedAt + 0.001);
  });

  test('begins a trace where the caller has none, for streams, embeddings and counts of tokens alike', async () => {
    await start();
    await postStream(`${gateway.url}/v1/chat`, { ...QUESTION, provider: 'openai', stream: true });
    const embeddings = { model: 'text-embedding-3-small', input: 'the prompt' };
    await postJson(`${gateway.url}/v1/embeddings`, embeddings);
    await postJson(`${gateway.url}/v1/messages/count_tokens`, {
      ...QUESTION,
      model: 'anthropic/claude-haiku-4-5',
    });
    const spans = await spansAtTheEnd();
    const servers = spans.filter(({ kind }) => kind === SERVER);
    expect(servers).toHaveLength(3);
    expect(servers.every(({ parentSpanId }) => parentSpanId === '')).toBe(true);
    expect(new Set(servers.map(({ traceId }) => traceId)).size).toBe(3);
    expect(servers.map(({ name }) => name)).toContain('embeddings text-embedding-3-small');
    const calls = [...openai.requests, ...anthropic.requests];
    expect(calls).toHaveLength(3);
    for (const { headers } of calls) {
      const [, traceId, spanId] = String(headers.traceparent).split('-');
      expect(spans).toContainEqual(
        expect.objectContaining({ kind: CLIENT, traceId, spanId }) as ReceivedSpan,
      );
    }
    const stream = spans.find(
      ({ kind, attributes }) => kind === CLIENT && attributes['gen_ai.request.stream'] === true,
    );
    expect(stream?.attributes).toHaveProperty(['gen_ai.response.time_to_first_chunk']);
    expect(stream?.attributes).toHaveProperty(['gen_ai.usage.output_tokens']);
  });

  test('has a span when the gateway refuses it, too', async () => {
    await start();
    expect((await chat({ model: 'nothing' })).status).toBe(404);
    expect(await spansAtTheEnd()).toMatchObject([
      {
        kind: SERVER,
        traceId: TRACE_ID,
        attributes: { 'error.type': 'model_not_found', 'sluice.attempts': 0 },
      },
    ]);
  });

  test('has a span when it comes without a key', async () => {
    await start('auth: { keys: [{ name: team-a, key: secret-of-team-a }] }');
    expect((await chat()).status).toBe(401);
    expect(await spansAtTheEnd()).toMatchObject([
      {
        kind: SERVER,
        traceId: TRACE_ID,
        attributes: { 'error.type': 'invalid_api_key', 'http.response.status_code': 401 },
      },
    ]);
  });

  test('of a caller who does not keep the trace is passed on like that and not kept here either', async () => {
    await start();
    await chat({ provider: 'openai' }, { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-00` });
    expect(String(openai.requests.at(-1)?.headers.traceparent)).toMatch(
      new RegExp(`^00-${TRACE_ID}-\\w{16}-00$`),
    );
    expect(await spansAtTheEnd()).toEqual([]);
  });

  test('says nothing of the trace to vendors when that is switched off', async () => {
    await start('telemetry: { trace_vendors: false }');
    await chat({ provider: 'openai' });
    expect(openai.requests.at(-1)?.headers).not.toHaveProperty('traceparent');
    expect(openai.requests.at(-1)?.headers).not.toHaveProperty('tracestate');
    expect(await spansAtTheEnd()).toHaveLength(2);
  });

  test('holds prompts and answers only when both switches are on', async () => {
    const full = 'logging: { request_log: full }';
    for (const [more, isShown] of [
      ['', false],
      [full, false],
      [`${full}\ntelemetry: { trace_content: true }`, true],
    ] as const) {
      await start(more);
      await chat({ provider: 'openai' });
      const [server] = await spansAtTheEnd();
      expect([more, JSON.stringify(server).includes('the prompt')]).toEqual([more, isShown]);
      (receiver.spans as ReceivedSpan[]).length = 0;
    }
  });

  test('without an endpoint is no traced request: nothing goes out', async () => {
    await start('', { OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    await chat({ provider: 'openai' });
    expect(openai.requests.at(-1)?.headers).not.toHaveProperty('traceparent');
    expect(await spansAtTheEnd()).toEqual([]);
  });
});

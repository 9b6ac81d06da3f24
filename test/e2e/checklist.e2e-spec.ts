import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, postStream } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** Lines of the translation checklist that only a running gateway can show. */

const MESSAGES = [{ role: 'user', content: 'hi' }];
const TOOL = { name: 'f', parameters: { type: 'object', properties: { a: { type: 'number' } } } };

let clock: ManualClock;
let openai: Simulator;
let anthropic: Simulator;
let google: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  openai = await startSimulator({ format: 'openai' });
  anthropic = await startSimulator({ format: 'anthropic' });
  google = await startSimulator({ format: 'gemini' });
  const shared = 'api_keys: [vendor-key], models: ["*"], max_retries: 0';
  gateway = await startGateway({
    clock,
    yaml: `
server: { cors_origins: ["https://app.example.com"] }
providers:
  - { name: openai, vendor: openai, base_url: "${openai.url}/v1", model: gpt-4o, ${shared} }
  - { name: anthropic, vendor: anthropic, base_url: "${anthropic.url}/v1", model: claude-sonnet-4-5, ${shared} }
  - { name: google, vendor: gemini, base_url: "${google.url}/v1", model: gemini-3-flash-preview, ${shared} }
routing:
  cooldown: 60s
  default_route: auto
  routes:
    - { name: auto, strategy: priority, targets: [anthropic, openai] }
`,
  });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([openai.close(), anthropic.close(), google.close()]);
});

const ENDPOINTS = [
  ['chat', '/v1/chat', { messages: MESSAGES }],
  ['chat completions', '/v1/chat/completions', { messages: MESSAGES }],
  ['messages', '/v1/messages', { messages: MESSAGES, max_tokens: 50 }],
  ['responses', '/v1/responses', { input: 'hi' }],
] as const;

/** The line that the gateway wrote about its only request. */
async function loggedRequest(): Promise<Readonly<Record<string, unknown>>> {
  await vi.waitFor(() => {
    expect(gateway.logs.matching({ message: 'request' })).toHaveLength(1);
  });
  return gateway.logs.matching({ message: 'request' })[0]!.message as Record<string, unknown>;
}

describe('usage', () => {
  const usage = { input: 11, output: 7 };

  test('[73] survives a cut by the vendor', async () => {
    anthropic.behave({ kind: 'cut', after: 2, usage });
    const body = { model: 'anthropic/m', messages: MESSAGES, max_tokens: 50, stream: true };
    const { text } = await postStream(`${gateway.url}/v1/messages`, body);
    expect(text).toContain('event: error');
    expect(await loggedRequest()).toMatchObject({ input_tokens: 11, error: expect.any(String) as string });
  });

  test('[73] survives a caller that leaves', async () => {
    anthropic.behave({ kind: 'stall', after: 2, usage });
    const leave = new AbortController();
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'anthropic/m', messages: MESSAGES, stream: true }),
      signal: leave.signal,
    });
    await response.body!.getReader().read();
    leave.abort();
    expect(await loggedRequest()).toMatchObject({ status: 499, input_tokens: 11 });
  });

  test('[73] is that of the attempt that served', async () => {
    anthropic.behave({ kind: 'error', after: 0, usage: { input: 1000, output: 1 } });
    openai.setAnswer({ usage });
    const body = { messages: MESSAGES, stream: true, stream_options: { include_usage: true } };
    const { events } = await postStream(`${gateway.url}/v1/chat/completions`, body);
    expect(events.at(-2)).toMatchObject({ usage: { prompt_tokens: 11, completion_tokens: 7 } });
    expect(await loggedRequest()).toMatchObject({
      provider: 'openai',
      attempts: [
        { provider: 'anthropic', error: expect.any(String) as string },
        { provider: 'openai', status: 200, error: null },
      ],
      input_tokens: 11,
      output_tokens: 7,
    });
  });
});

describe('streams', () => {
  test.each(ENDPOINTS)('[95] at %s have headers that no proxy buffers', async (_name, path, body) => {
    const response = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
      body: JSON.stringify({ ...body, stream: true }),
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toMatch(/^no-cache\b/);
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('content-encoding')).toBeNull();
    await response.body?.cancel();
  });

  test('[96] that run side by side share nothing', async () => {
    for (const vendor of [openai, anthropic]) vendor.setAnswer({ chunkDelayMs: 1 });
    const pairs = [
      ['anthropic/m', '/v1/chat/completions'],
      ['openai/m', '/v1/messages'],
      ['anthropic/m', '/v1/responses'],
    ] as const;
    const asked = Array.from({ length: 30 }, (_, index) => ({ index, pair: pairs[index % pairs.length]! }));
    const told = await Promise.all(
      asked.map(async ({ index, pair: [model, path] }) => {
        const content = `this is number ${String(index)} and call f {"a":${String(index)}}`;
        const tools = path.endsWith('messages')
          ? [{ name: 'f', input_schema: TOOL.parameters }]
          : path.endsWith('responses')
            ? [{ type: 'function', ...TOOL }]
            : [{ type: 'function', function: TOOL }];
        const question = path.endsWith('responses')
          ? { input: content }
          : { messages: [{ role: 'user', content }], max_tokens: 50 };
        return (await postStream(gateway.url + path, { model, ...question, tools, stream: true })).text;
      }),
    );
    for (const [index, text] of told.entries()) {
      const fragments = [...text.matchAll(/"(?:arguments|partial_json|delta)":"((?:[^"\\]|\\.)*)"/g)];
      const whole = fragments.map(([, fragment]) => JSON.parse(`"${fragment ?? ''}"`) as string).join('');
      expect(whole).toContain(`{"a":${String(index)}}`);
    }
  });
});

describe('errors', () => {
  const refused = [401, 403].flatMap((status) =>
    ENDPOINTS.map(([, path, body]) => [status, path, body] as const),
  );
  test.each(refused)(
    '[100] a vendor that answers %i to our key is a 502 at %s',
    async (status, path, body) => {
      openai.behave({ kind: 'status', status, message: 'Incorrect API key provided: vendor-key' });
      const answer = await postJson(gateway.url + path, { ...body, model: 'openai/gpt-4o' });
      expect(answer.status).toBe(path === '/v1/chat' ? 503 : 502);
      expect(JSON.stringify(answer.body)).not.toContain('vendor-key');
      if (path !== '/v1/chat')
        expect(JSON.stringify(answer.body)).toMatch(/credentials_exhausted|key refused/);
    },
  );

  test('[99] [C1] have the exact shape, so that SDKs read them, and end the retries of SDKs', async () => {
    openai.behave('status-500');
    const client = new OpenAI({ apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 2 });
    const question = { model: 'openai/gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] };
    const failure: unknown = await client.chat.completions.create(question).catch((error: unknown) => error);
    if (!(failure instanceof OpenAI.APIError)) throw new Error('no error of the SDK');
    expect(failure.message).not.toContain('no body');
    expect(failure.code).toEqual(expect.any(String));
    const headers = failure.headers as Headers | undefined;
    expect(headers?.get('x-should-retry')).toBe('false');
    expect(headers?.get('x-sluice-provider')).toBe('openai');
    expect(openai.requests).toHaveLength(1);
    const resting = await postJson(`${gateway.url}/v1/chat/completions`, question);
    expect(resting.status).toBe(503);
    expect(Number(resting.headers.get('retry-after'))).toBeGreaterThan(0);
    const own = await postJson(`${gateway.url}/v1/chat/completions`, { ...question, messages: [] });
    expect(own.body).toMatchObject({ error: { type: 'invalid_request_error', param: 'messages' } });
    expect(own.headers.get('x-sluice-attempts')).toBe('0');
  });

  test("[C3] Anthropic's SDK raises what breaks a stream, told by an event line", async () => {
    for (const model of ['openai/m', 'anthropic/m']) {
      for (const vendor of [openai, anthropic]) vendor.behave('cut-2');
      const body = { model, messages: MESSAGES, max_tokens: 50, stream: true };
      const { text } = await postStream(`${gateway.url}/v1/messages`, body);
      const frames = text.split('\n\n').filter((frame) => /^data:/m.test(frame));
      for (const frame of frames) expect(frame).toMatch(/^event: \w+$/m);
      expect(frames.at(-1)).toMatch(/^event: error$/m);
      expect(text).not.toContain('message_stop');
      await Promise.all([openai.clear(), anthropic.clear()]);
      clock.advance(3_600_000);
      for (const vendor of [openai, anthropic]) vendor.behave('cut-2');
      const client = new Anthropic({ apiKey: 'none', baseURL: gateway.url, maxRetries: 0 });
      const question = { model, max_tokens: 50, messages: [{ role: 'user' as const, content: 'hi' }] };
      await expect(client.messages.stream(question).finalMessage()).rejects.toThrow(Anthropic.APIError);
      await Promise.all([openai.clear(), anthropic.clear()]);
      clock.advance(3_600_000);
    }
  });
});

describe('clients', () => {
  test.each(['openai/m', 'anthropic/m', 'google/m'])(
    '[C2] find choices and no null error in every frame of %s, and usage only where they asked',
    async (model) => {
      const ask = (options: object) =>
        postStream(`${gateway.url}/v1/chat/completions`, {
          model,
          messages: MESSAGES,
          stream: true,
          ...options,
        });
      const { events: plain } = await ask({});
      const { events: counted } = await ask({ stream_options: { include_usage: true } });
      for (const event of [...plain, ...counted]) {
        if (event === '[DONE]') continue;
        expect(event).toHaveProperty('choices');
        expect(event).not.toHaveProperty('error');
      }
      const reports = (events: readonly unknown[]) =>
        events.filter((event) => (event as { usage?: object | null }).usage != null);
      expect(reports(plain)).toEqual([]);
      expect(reports(counted)).toHaveLength(1);
    },
  );

  test.each(['openai/m', 'anthropic/m', 'google/m'])(
    "[C4] get a call's id once and one call a chunk from %s",
    async (model) => {
      for (const vendor of [openai, anthropic, google])
        vendor.setAnswer({ tools: [1, 2].map((a) => ({ name: 'f', arguments: `{"a":${String(a)}}` })) });
      const { events } = await postStream(`${gateway.url}/v1/chat/completions`, {
        model,
        messages: MESSAGES,
        tools: [{ type: 'function', function: TOOL }],
        stream: true,
      });
      interface Fragment {
        readonly index: number;
        readonly id?: string;
      }
      const chunks = events.flatMap((event) => {
        const { choices } = event as { choices?: { delta: { tool_calls?: Fragment[] } }[] };
        const calls = choices?.[0]?.delta.tool_calls;
        return calls === undefined ? [] : [calls];
      });
      expect(chunks.every((calls) => calls.length === 1)).toBe(true);
      const named = chunks.flat().filter(({ id }) => id !== undefined);
      expect(named.map(({ index }) => index)).toEqual([0, 1]);
      expect(new Set(named.map(({ id }) => id)).size).toBe(2);
    },
  );

  test('[53] [C5] Claude Code finds its betas, its unknown fields, its counts and its list of models', async () => {
    const headers = {
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'context-1m-2025-08-07,fine-grained-tool-streaming-2025-05-14',
      'x-claude-code-session-id': 'session-1',
      authorization: 'Bearer of-the-caller',
    };
    const body = { messages: MESSAGES, max_tokens: 50, next_month: { a: 1 } };
    await postJson(`${gateway.url}/v1/messages`, { ...body, model: 'anthropic/m' }, headers);
    const sent = anthropic.requests[0]!;
    expect(sent.headers).toMatchObject({
      'anthropic-version': '2023-06-01',
      'anthropic-beta': headers['anthropic-beta'],
      'x-api-key': 'vendor-key',
    });
    expect(sent.headers).not.toHaveProperty('authorization');
    expect(sent.body).toMatchObject({ next_month: { a: 1 } });
    const other = await postJson(`${gateway.url}/v1/messages`, { ...body, model: 'openai/m' }, headers);
    expect(other.status).toBe(200);
    expect(openai.requests[0]!.body).not.toHaveProperty('next_month');
    expect(openai.requests[0]!.headers).not.toHaveProperty('anthropic-beta');
    expect(other.headers.get('x-sluice-dropped')).toContain('next_month');
    const models = await getJson(`${gateway.url}/v1/models`, headers);
    expect(models.body).toMatchObject({ data: expect.any(Array) as unknown[], has_more: false });
  });

  test('[C6] Cursor may send what Responses takes, and a browser of a known origin may ask', async () => {
    const body = { model: 'anthropic/m', input: [{ role: 'user', content: 'hi' }] };
    const answer = await postJson(`${gateway.url}/v1/chat/completions`, body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ object: 'chat.completion' });
    const preflight = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });
});

test("[106] Gemini's signature travels in a call's id and comes back with the call", async () => {
  const signature = Buffer.from('a proof of thought').toString('base64');
  const piece = (parts: object[], finishReason?: string) =>
    `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }] })}\r\n\r\n`;
  const calls = [
    { functionCall: { id: 'one', name: 'f', args: { a: 1 } }, thoughtSignature: signature },
    { functionCall: { id: 'two', name: 'f', args: { a: 2 } } },
  ];
  google.behave(
    { kind: 'replay', body: piece(calls) + piece([], 'STOP'), contentType: 'text/event-stream' },
    { times: 1 },
  );
  const client = new OpenAI({ apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const tools = [{ type: 'function' as const, function: TOOL }];
  const question = { model: 'google/gemini-3-flash-preview', tools };
  const asked = [{ role: 'user' as const, content: 'hi' }];
  const first = await client.chat.completions.stream({ ...question, messages: asked }).finalMessage();
  const results = (first.tool_calls ?? []).map(({ id }) => ({
    role: 'tool' as const,
    tool_call_id: id,
    content: 'done',
  }));
  await client.chat.completions.create({ ...question, messages: [...asked, first, ...results] });
  expect(google.requests.at(-1)!.body).toMatchObject({
    contents: [
      { role: 'user' },
      { role: 'model', parts: calls },
      { role: 'user', parts: [{ functionResponse: { id: 'one' } }, { functionResponse: { id: 'two' } }] },
    ],
  });
});

test('[55] an answer names the model that served it, streamed or not, after a failover too', async () => {
  anthropic.behave('status-500');
  openai.setAnswer({ servedModel: 'gpt-4o-2024-11-20' });
  for (const [path, body] of [
    ['/v1/chat/completions', { messages: MESSAGES }],
    ['/v1/messages', { messages: MESSAGES, max_tokens: 50 }],
  ] as const) {
    const whole = await postJson(gateway.url + path, body);
    expect(whole.body).toMatchObject({ model: 'gpt-4o-2024-11-20' });
    const { text } = await postStream(gateway.url + path, { ...body, stream: true });
    expect(text).toContain('"model":"gpt-4o-2024-11-20"');
  }
});

test('[107] tokens are counted by Anthropic, estimated for others, and are no spending', async () => {
  const url = `${gateway.url}/v1/messages/count_tokens`;
  const counted = await postJson(url, { model: 'anthropic/m', messages: MESSAGES });
  expect(counted).toMatchObject({ status: 200, body: { input_tokens: expect.any(Number) as number } });
  expect(counted.body).not.toHaveProperty('estimated');
  const guessed = await postJson(url, { model: 'openai/m', messages: MESSAGES });
  expect(guessed).toMatchObject({ status: 200, body: { estimated: true } });
  expect(openai.requests).toHaveLength(0);
  expect(guessed.headers.get('x-sluice-cost-usd')).toBeNull();
  for (const { message } of gateway.logs.matching({ message: 'request' }))
    expect(message).toMatchObject({ input_tokens: null, output_tokens: null });
});

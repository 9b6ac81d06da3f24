import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HEADERS, MESSAGES, call, chat, eventsOf, textOfEvents } from './call-simulator.ts';
import { parseFault } from './fault.ts';
import { isObject } from './json.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

let openai: Simulator;
let deepseek: Simulator;
let anthropic: Simulator;
let gemini: Simulator;

beforeAll(async () => {
  [openai, deepseek, anthropic, gemini] = await Promise.all([
    startSimulator({ format: 'openai', models: ['gpt-4o'] }),
    startSimulator({ format: 'openai', flavour: 'deepseek' }),
    startSimulator({ format: 'anthropic' }),
    startSimulator({ format: 'gemini' }),
  ]);
});

afterEach(() => Promise.all([openai, deepseek, anthropic, gemini].map((simulator) => simulator.clear())));
afterAll(() => Promise.all([openai, deepseek, anthropic, gemini].map((simulator) => simulator.close())));

describe('sound answers', () => {
  it('satisfies the OpenAI SDK, streaming with usage and tool calls', async () => {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${openai.url}/v1`, maxRetries: 0 });
    const stream = client.chat.completions.stream({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'please call weather {"city":"Oslo"}' }],
      tools: [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }],
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      function: { name: 'weather', arguments: '{"city":"Oslo"}' },
    });
    expect(completion.usage?.total_tokens).toBeGreaterThan(0);
  });

  it('satisfies the Anthropic SDK, streaming with thinking, text and a tool call', async () => {
    anthropic.setAnswer({
      reasoning: 'Hm, well.',
      answer: 'On it.',
      tools: [{ name: 'f', arguments: '{"a":[1,2]}' }],
    });
    const client = new Anthropic({ apiKey: 'key', baseURL: anthropic.url, maxRetries: 0 });
    const message = await client.messages
      .stream({ model: 'claude', max_tokens: 10, messages: MESSAGES })
      .finalMessage();
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Hm, well.' },
      { type: 'text', text: 'On it.' },
      { type: 'tool_use', name: 'f', input: { a: [1, 2] } },
    ]);
    expect(message.stop_reason).toBe('tool_use');
  });

  it('sends the usage chunk with empty choices only when it was asked for', async () => {
    const asked = eventsOf(
      (await call(openai, { ...chat('ok'), stream_options: { include_usage: true } })).body,
    );
    expect(asked.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 2 } });
    expect(asked[0]).toMatchObject({ usage: null, choices: [{ delta: { role: 'assistant' } }] });
    const unasked = (await call(openai, chat('ok'))).body.toString();
    expect(unasked).not.toContain('usage');
    expect(unasked.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('speaks as DeepSeek: usage on the last choice, cache counts, reasoning', async () => {
    deepseek.setAnswer({ usage: { input: 10, cached: 4 } });
    const { body } = await call(deepseek, { model: 'deepseek-reasoner', messages: MESSAGES, stream: true });
    const events = eventsOf(body);
    expect(events.at(-2)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 },
    });
    expect(body.toString()).toContain('"reasoning_content":"Let"');
  });

  it('satisfies the Responses stream of the OpenAI SDK', async () => {
    const client = new OpenAI({ apiKey: 'key', baseURL: `${openai.url}/v1`, maxRetries: 0 });
    const response = await client.responses.stream({ model: 'gpt-4o', input: 'yo' }).finalResponse();
    expect(response.output_text).toBe('Hello from openai: yo');
    const embeddings = await client.embeddings.create({ model: 'e', input: ['a', 'b'], dimensions: 3 });
    expect(embeddings.data.map((item) => item.embedding.length)).toEqual([3, 3]);
  });

  it('speaks as Gemini, with usage on every chunk and no end marker', async () => {
    const { body } = await call(
      gemini,
      { contents: [{ role: 'user', parts: [{ text: 'yo' }] }] },
      { path: '/v1beta/models/gemini-x:streamGenerateContent?alt=sse', headers: { 'x-goog-api-key': 'k' } },
    );
    expect(textOfEvents(body)).toBe('Hello from gemini: yo');
    const events = eventsOf(body);
    expect(events.every((event) => isObject(event) && 'usageMetadata' in event)).toBe(true);
    expect(events.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }] });
  });

  it('cuts the answer into as many chunks as wanted', async () => {
    openai.setAnswer({ chunks: 100 });
    await call(openai, chat('ok'));
    expect(openai.requests[0]?.chunksSent).toBe(100);
  });
});

describe('checks of its own', () => {
  const wrongKey = {
    authorization: 'Bearer bad-key',
    'x-api-key': 'bad-key',
    'anthropic-version': '2023-06-01',
  };
  it.each([
    ['a wrong key, OpenAI', () => openai, chat('ok'), wrongKey, 401, { error: { code: 'invalid_api_key' } }],
    ['no key, OpenAI', () => openai, chat('ok'), {}, 401, { error: { type: 'invalid_request_error' } }],
    [
      'a wrong key, Anthropic',
      () => anthropic,
      chat('ok'),
      wrongKey,
      401,
      { error: { type: 'authentication_error' } },
    ],
    ['broken JSON', () => openai, '{"model":', HEADERS, 400, { error: { type: 'invalid_request_error' } }],
    ['no messages', () => openai, { model: 'x', messages: [] }, HEADERS, 400, { error: {} }],
    ['no max_tokens', () => anthropic, { model: 'x', messages: MESSAGES }, HEADERS, 400, { type: 'error' }],
    ['no anthropic-version', () => anthropic, chat('ok'), { 'x-api-key': 'k' }, 400, { type: 'error' }],
  ])('refuses %s in the shape of the vendor', async (_, simulator, body, headers, status, expected) => {
    const outcome = await call(simulator(), body, { headers });
    expect(outcome.status).toBe(status);
    expect(JSON.parse(outcome.body.toString())).toMatchObject(expected);
  });
});

describe('choosing faults', () => {
  const plain = { model: 'gpt-4o', messages: MESSAGES };
  const statuses = async (count: number): Promise<number[]> => {
    const found: number[] = [];
    while (found.length < count) found.push((await call(openai, plain)).status);
    return found;
  };

  it('counts times, then is well again', async () => {
    openai.behave('status-500', { times: 2 });
    expect(await statuses(3)).toEqual([500, 500, 200]);
  });

  it('follows a script', async () => {
    openai.script(['status-503', 'ok', 'status-429']);
    expect(await statuses(4)).toEqual([503, 200, 429, 200]);
  });

  it('looks at model and key', async () => {
    openai.behave('status-404', { model: 'other' });
    openai.behave('status-429', { key: 'key-2' });
    const other = await call(openai, { ...plain, model: 'other' });
    const second = await call(openai, plain, { headers: { authorization: 'Bearer key-2' } });
    expect([other.status, second.status, ...(await statuses(1))]).toEqual([404, 429, 200]);
  });

  it('takes orders over HTTP', async () => {
    const order = await fetch(`${openai.url}/_control`, { method: 'POST', body: '{"fault":"status-500"}' });
    expect(order.status).toBe(200);
    expect(await statuses(2)).toEqual([500, 500]);
    const log = (await (await fetch(`${openai.url}/_control/log`)).json()) as unknown[];
    expect(log).toHaveLength(2);
    expect(log[0]).toMatchObject({
      key: 'key-1',
      model: 'gpt-4o',
      fault: 'status',
      status: 500,
      body: plain,
    });
    await fetch(`${openai.url}/_control`, { method: 'DELETE' });
    expect(await statuses(1)).toEqual([200]);
    const unknown = await fetch(`${openai.url}/_control`, { method: 'POST', body: '{"fault":"nonsense"}' });
    expect(unknown.status).toBe(400);
  });

  it('reads the compact form', () => {
    expect(parseFault('status-429;retry-after=2')).toEqual({ kind: 'status', status: 429, retryAfter: 2 });
    expect(parseFault('cut-3;finish')).toEqual({ kind: 'cut', after: 3, withFinish: true });
    expect(parseFault('error-1;type=rate_limit_error')).toEqual({
      kind: 'error',
      after: 1,
      type: 'rate_limit_error',
    });
    expect(parseFault('ok;finish=length;chunks=9')).toEqual({ kind: 'ok', finish: 'length', chunks: 9 });
    expect(() => parseFault('nonsense-3')).toThrow('Unknown fault "nonsense-3"');
  });

  it('keeps counters when it keeps no log, and answers equal requests alike', async () => {
    const bench = await startSimulator({ format: 'openai', log: false });
    const first = await call(bench, chat('ok'));
    const second = await call(bench, chat('ok'));
    await bench.close();
    expect(second.body.equals(first.body)).toBe(true);
    expect(bench.requests).toHaveLength(0);
    expect(bench.counters).toMatchObject({ requests: 2, finished: 2 });
  });
});

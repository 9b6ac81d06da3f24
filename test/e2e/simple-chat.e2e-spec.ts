import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, postStream } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

describe('POST /v1/chat', () => {
  const clock = new ManualClock();
  let deepseek: Simulator;
  let openai: Simulator;
  let anthropic: Simulator;
  let gateway: RunningGateway;
  const ask = (body: object) => postJson(`${gateway.url}/v1/chat`, body);
  const question = { messages: [{ role: 'user', content: 'hi' }] };

  beforeAll(async () => {
    deepseek = await startSimulator({ format: 'openai', flavour: 'deepseek' });
    openai = await startSimulator({ format: 'openai' });
    anthropic = await startSimulator({ format: 'anthropic' });
    gateway = await startGateway({
      clock,
      yaml: `
providers:
  - { name: deepseek, vendor: deepseek, base_url: "${deepseek.url}/v1", api_keys: [key-deepseek], max_retries: 0 }
  - { name: openai, vendor: openai, base_url: "${openai.url}/v1", api_keys: [key-openai], max_retries: 0 }
  - { name: anthropic, vendor: anthropic, base_url: "${anthropic.url}/v1", api_keys: [key-anthropic], max_retries: 0 }
`,
    });
  });

  afterEach(async () => {
    await Promise.all([deepseek.clear(), openai.clear(), anthropic.clear()]);
    clock.advance(10 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([deepseek.close(), openai.close(), anthropic.close()]);
  });

  test('answers with content, model, provider and usage', async () => {
    openai.setAnswer({ answer: 'Hello!', usage: { input: 9, output: 12 } });
    const { status, body, headers } = await ask({ ...question, provider: 'openai' });
    expect(status).toBe(200);
    expect(body).toEqual({
      content: 'Hello!',
      model: 'gpt-4o-mini',
      provider: 'openai',
      usage: { input_tokens: 9, output_tokens: 12, cost_usd: 0.00000855 },
    });
    expect(headers.get('x-sluice-provider')).toBe('openai');
    expect(headers.get('x-sluice-attempts')).toBe('1');
    expect(headers.get('x-sluice-cost-usd')).toBe('0.00000855');
  });

  test('asks the providers in order and moves on within the request', async () => {
    deepseek.behave('status-500');
    const { body, headers } = await ask(question);
    expect(body).toMatchObject({ provider: 'openai', content: 'Hello from openai: hi' });
    expect(headers.get('x-sluice-attempts')).toBe('2');
  });

  test('a pinned provider is the only one tried', async () => {
    openai.behave('status-500');
    const { status, body } = await ask({ ...question, provider: 'openai' });
    expect(status).toBe(503);
    expect(body).toEqual({ error: 'All providers failed', details: ['openai: 500 Internal Server Error'] });
    expect(deepseek.requests).toHaveLength(0);
    expect(anthropic.requests).toHaveLength(0);
  });

  test('a pinned provider that rests is not called', async () => {
    openai.behave('status-429;retry-after=41', { times: 1 });
    await ask({ ...question, provider: 'openai' });
    const { status, body, headers } = await ask({ ...question, provider: 'openai' });
    expect(status).toBe(503);
    expect(body).toEqual({
      error: 'All providers failed',
      details: ['openai: cooling down for 41 s (429 rate limit)'],
    });
    expect(headers.get('retry-after')).toBe('41');
    expect(openai.requests).toHaveLength(1);
  });

  test('a pinned provider that nobody configured is named', async () => {
    const { status, body } = await ask({ ...question, provider: 'mistral' });
    expect(status).toBe(503);
    expect(body).toEqual({ error: 'All providers failed', details: ['mistral: not configured'] });
  });

  test('a pinned provider with a typo is a bad request with the nearest name', async () => {
    const { status, body } = await ask({ ...question, provider: 'opnai' });
    expect(status).toBe(400);
    expect((body as { error: string }).error).toBe(
      'provider: there is no provider "opnai" (did you mean "openai"?); there are: deepseek, openai, anthropic',
    );
  });

  test('when all fail, one line for each in order', async () => {
    deepseek.behave('status-500');
    openai.behave('status-429;retry-after=60');
    anthropic.refuse();
    const { status, body } = await ask(question);
    expect(status).toBe(503);
    expect(body).toEqual({
      error: 'All providers failed',
      details: [
        'deepseek: 500 Internal Server Error',
        'openai: 429 rate limit',
        'anthropic: connection refused',
      ],
    });
    const again = await ask(question);
    expect(again.status).toBe(503);
    expect(again.body).toEqual({
      error: 'All providers failed',
      details: [
        'deepseek: cooling down for 60 s (500 Internal Server Error)',
        'openai: cooling down for 60 s (429 rate limit)',
        'anthropic: cooling down for 60 s (connection refused)',
      ],
    });
  });

  test.each([
    [{}, 'messages must be a non-empty array'],
    [{ messages: [] }, 'messages must be a non-empty array'],
  ])('%j is bad input', async (body, fault) => {
    const answer = await ask(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: fault, details: [fault] });
  });

  test('every fault of a request is listed at once', async () => {
    const answer = await ask({ messages: [{ role: 'king', content: 5 }], temperature: 'hot', stream: 'yes' });
    expect(answer.status).toBe(400);
    const { details } = answer.body as { details: string[] };
    expect(details.length).toBeGreaterThanOrEqual(3);
    expect(details.join('\n')).toMatch(/messages\[0\]\.role.*\n?/);
    expect(details.join('\n')).toContain('temperature');
    expect(details.join('\n')).toContain('stream');
  });

  test('a body that is not JSON is refused in the same shape', async () => {
    const answer = await postJson(`${gateway.url}/v1/chat`, '{"messages":');
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ details: [] });
  });

  test("a vendor's refusal of the request comes through with its words, and nobody rests", async () => {
    deepseek.behave('status-400;message=temperature is too odd', { times: 1 });
    const answer = await ask(question);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: 'temperature is too odd' });
    expect(openai.requests).toHaveLength(0);
    expect((await ask(question)).body).toMatchObject({ provider: 'deepseek' });
  });

  test('streams deltas, then the totals, then the end marker', async () => {
    anthropic.setAnswer({ answer: 'One two', usage: { input: 9, output: 12 } });
    const { events, headers } = await postStream(`${gateway.url}/v1/chat`, {
      ...question,
      provider: 'anthropic',
      stream: true,
    });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(events).toEqual([
      { content: 'One' },
      { content: ' two' },
      {
        content: '',
        model: 'claude-haiku-4-5',
        provider: 'anthropic',
        usage: { input_tokens: 9, output_tokens: 12, cost_usd: 0.000069 },
        finish_reason: 'stop',
      },
      '[DONE]',
    ]);
  });

  test('a stream that breaks after content ends in an error and without the end marker', async () => {
    deepseek.behave('cut-2');
    const { events } = await postStream(`${gateway.url}/v1/chat`, { ...question, stream: true });
    expect(events.slice(0, 2)).toEqual([{ content: 'Hello' }, { content: ' from' }]);
    expect(events.at(-1)).toMatchObject({ error: expect.any(String) as string });
    expect(events).toHaveLength(3);
  });

  test('/health shows who rests, why and until when, and that it came back', async () => {
    deepseek.behave('status-500', { times: 1 });
    await ask(question);
    const during = await getJson(`${gateway.url}/health`);
    expect(during.status).toBe(200);
    expect(during.body).toMatchObject({
      status: 'degraded',
      details: {
        deepseek: {
          status: 'down',
          healthy: false,
          reason: '500 Internal Server Error',
          last_fail: new Date(clock.now()).toISOString(),
          cooling_until: new Date(clock.now() + 60_000).toISOString(),
          keys: { total: 1, available: 0 },
        },
        openai: { status: 'up', healthy: true },
      },
    });
    clock.advance(60_000);
    expect((await ask(question)).body).toMatchObject({ provider: 'deepseek' });
    const after = await getJson(`${gateway.url}/health`);
    expect(after.body).toMatchObject({
      status: 'ok',
      details: { deepseek: { status: 'up', cooling_until: null, reason: null } },
    });
  });
});

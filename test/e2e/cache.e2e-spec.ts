import Anthropic from '@anthropic-ai/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Load } from '../../src/telemetry/load.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson, postStream, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordKeeper } from '../support/record-keeper.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const TEAM_A = { authorization: 'Bearer secret-of-team-a' };
const TEAM_B = { authorization: 'Bearer secret-of-team-b' };

interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly usage: { readonly total_tokens: number };
}

describe('the answer cache', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;
  let keeper: RecordKeeper;
  let clock: ManualClock;
  let question = 0;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    clock = new ManualClock();
    gateway = await startGateway({
      clock,
      environment: { GATEWAY_ADMIN_KEY: 'the-admin-key' },
      yaml: `
auth:
  keys:
    - { name: team-a, key: secret-of-team-a, shared_cache: true }
    - { name: team-b, key: secret-of-team-b, shared_cache: true }
    - { name: alone, key: secret-of-alone }
providers:
  - { name: openai, vendor: openai, base_url: ${vendor.url}/v1, api_keys: [k1], model: gpt-4o-mini, models: [gpt-4o-mini, text-embedding-3-small], max_retries: 0, idle_timeout: 5s }
routing: { cooldown: 0s }
cache: { mode: always, ttl: 10m }
`,
    });
    keeper = RecordKeeper.of(gateway);
  });

  afterEach(async () => {
    await vendor.clear();
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  /** A body that no other test asks. */
  const fresh = (): { messages: object[]; max_tokens: number } => ({
    messages: [{ role: 'user', content: `question ${String(++question)}` }],
    max_tokens: 50,
  });

  const ask = (body: object, headers: Record<string, string> = TEAM_A): Promise<JsonAnswer> =>
    postJson(`${gateway.url}/v1/chat/completions`, body, headers);

  test('serves an equal question again without a call, at no cost, and records what it saved', async () => {
    const body = fresh();
    const before = keeper.records.length;
    const first = await ask(body);
    expect(first.headers.get('x-sluice-cache')).toBe('miss');
    expect(Number(first.headers.get('x-sluice-cost-usd'))).toBeGreaterThan(0);
    clock.advance(42_000);
    const second = await ask(body);
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('x-sluice-cache')).toBe('hit');
    expect(second.headers.get('age')).toBe('42');
    expect(second.headers.get('x-sluice-attempts')).toBe('0');
    expect(second.headers.get('x-sluice-provider')).toBe('openai');
    expect(second.headers.get('x-sluice-cost-usd')).toBe('0');
    expect(vendor.requests).toHaveLength(1);

    const [missed, hit] = (await keeper.wait(before + 2)).slice(before);
    expect(missed).toMatchObject({ cache: 'miss', savedNano: null });
    expect(hit).toMatchObject({
      cache: 'hit',
      endReason: 'done',
      provider: 'openai',
      costNano: 0,
      savedNano: missed?.costNano,
      usage: missed?.usage,
      attempts: [],
    });
    clock.advance(600_000);
    expect((await ask(body)).headers.get('x-sluice-cache')).toBe('miss');
  });

  test('never shows one key what another was answered, unless both share and ask for it', async () => {
    const body = fresh();
    vendor.setAnswer({ answer: 'for team a alone' });
    await ask(body, TEAM_A);
    vendor.setAnswer({ answer: 'for team b' });
    const other = await ask(body, TEAM_B);
    expect(other.headers.get('x-sluice-cache')).toBe('miss');
    expect((other.body as Completion).choices[0]?.message.content).toBe('for team b');

    const shared = { 'x-sluice-cache-scope': 'shared' };
    await ask(body, { ...TEAM_A, ...shared });
    expect((await ask(body, { ...TEAM_B, ...shared })).headers.get('x-sluice-cache')).toBe('hit');
    const refused = await ask(body, { authorization: 'Bearer secret-of-alone', ...shared });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({
      error: { message: expect.stringContaining('x-sluice-cache-scope') as string },
    });
  });

  test('never keeps a 429, a stream that ends in an error, or one that was cut', async () => {
    for (const fault of ['status-429', 'error-2', 'cut-2', 'bad-json']) {
      const body = { ...fresh(), stream: fault.startsWith('error') || fault.startsWith('cut') };
      vendor.behave(fault);
      const send = (): Promise<unknown> =>
        body.stream ? postStream(`${gateway.url}/v1/chat/completions`, body, TEAM_A) : ask(body);
      await send();
      await send();
      expect(vendor.requests, fault).toHaveLength(2);
      await vendor.clear();
      // And what is whole is kept.
      await send();
      await send();
      expect(vendor.requests, fault).toHaveLength(1);
      await vendor.clear();
    }
  });

  test('heeds no-store, no-cache, max-age and x-sluice-cache-ttl', async () => {
    const body = fresh();
    const outcome = async (headers: Record<string, string> = {}): Promise<string | null> =>
      (await ask(body, { ...TEAM_A, ...headers })).headers.get('x-sluice-cache');
    expect(await outcome({ 'cache-control': 'no-store' })).toBe('bypass');
    expect(await outcome()).toBe('miss');
    clock.advance(30_000);
    expect(await outcome({ 'cache-control': 'max-age=60' })).toBe('hit');
    expect(await outcome({ 'cache-control': 'max-age=10' })).toBe('miss');
    expect(await outcome({ 'cache-control': 'no-cache' })).toBe('miss');
    expect(await outcome({ 'cache-control': 'no-cache', 'x-sluice-cache-ttl': '20s' })).toBe('miss');
    clock.advance(21_000);
    expect(await outcome()).toBe('miss');
    const faulty = await ask(body, { ...TEAM_A, 'x-sluice-cache-ttl': 'soon' });
    expect(faulty).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('"soon"') as string } },
    });
  });

  test('lets Anthropic’s SDK stream what was kept from a JSON answer to OpenAI’s format', async () => {
    const body = fresh();
    vendor.setAnswer({ answer: 'Kept once, told twice', usage: { input: 9, output: 5 } });
    expect((await ask(body)).headers.get('x-sluice-cache')).toBe('miss');
    const client = new Anthropic({ baseURL: gateway.url, apiKey: 'secret-of-team-a', maxRetries: 0 });
    const stream = client.messages.stream({
      model: 'auto',
      max_tokens: 50,
      messages: body.messages as Anthropic.MessageParam[],
    });
    const message = await stream.finalMessage();
    expect(stream.response?.headers.get('x-sluice-cache')).toBe('hit');
    expect(message.content).toMatchObject([{ type: 'text', text: 'Kept once, told twice' }]);
    expect(message).toMatchObject({ stop_reason: 'end_turn', usage: { input_tokens: 9, output_tokens: 5 } });
    expect(vendor.requests).toHaveLength(1);
  });

  test('serves what was kept from a stream as JSON', async () => {
    const body = fresh();
    vendor.setAnswer({ answer: 'one two three', usage: { input: 4, output: 3 } });
    await postStream(`${gateway.url}/v1/chat/completions`, { ...body, stream: true }, TEAM_A);
    const whole = await ask(body);
    expect(whole.headers.get('x-sluice-cache')).toBe('hit');
    expect((whole.body as Completion).choices[0]?.message.content).toBe('one two three');
    expect((whole.body as Completion).usage.total_tokens).toBe(7);
  });

  test.each([false, true])('makes one call of 100 equal requests at once (streams: %s)', async (stream) => {
    const body = { ...fresh(), stream };
    vendor.setAnswer({ answer: 'a b c d e f g h', chunkDelayMs: 10 });
    const before = keeper.records.length;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        stream ? postStream(`${gateway.url}/v1/chat/completions`, body, TEAM_A) : ask(body),
      ),
    );
    expect(vendor.requests).toHaveLength(1);
    const texts = answers.map((answer) => ('text' in answer ? answer.text : JSON.stringify(answer.body)));
    expect(new Set(texts).size).toBe(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const records = (await keeper.wait(before + 100)).slice(before);
    expect(records.filter(({ cache }) => cache === 'miss')).toHaveLength(1);
    expect(records.filter(({ cache, costNano }) => cache === 'hit' && costNano === 0)).toHaveLength(99);
  });

  test.each([false, true])(
    'lets those who follow have their answer when the caller that came first leaves (streams: %s)',
    async (stream) => {
      const body = { ...fresh(), stream };
      vendor.setAnswer({ answer: 'a b c d e f g h', usage: { input: 5, output: 8 }, chunkDelayMs: 30 });
      if (!stream) vendor.behave('late-300');
      const before = keeper.records.length;
      const leaving = new AbortController();
      const first = fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...TEAM_A },
        body: JSON.stringify(body),
        signal: leaving.signal,
      })
        .then((response) => response.text())
        .catch(() => 'left');
      await vendor.waitForRequest(1);
      const second = stream
        ? postStream(`${gateway.url}/v1/chat/completions`, body, TEAM_A).then(({ text }) => text)
        : ask(body).then((answer) => JSON.stringify(answer.body));
      await expect.poll(() => gateway.app.get(Load).inFlight).toBe(2);
      if (stream) await expect.poll(() => vendor.requests[0]?.chunksSent).toBeGreaterThan(2);
      leaving.abort();
      expect(await first).toBe('left');
      const text = await second;
      expect(text).toContain(stream ? '[DONE]' : 'a b c d e f g h');
      expect(vendor.requests).toHaveLength(1);
      expect(vendor.requests[0]?.callerClosedAt).toBeNull();
      const records = (await keeper.wait(before + 2)).slice(before);
      // Whoever made the call pays for the whole of it.
      expect(records.find(({ cache }) => cache === 'miss')).toMatchObject({
        endReason: 'caller_left',
        usage: { inputTokens: 5, outputTokens: 8 },
      });
      expect(records.find(({ cache }) => cache === 'hit')).toMatchObject({ endReason: 'done', costNano: 0 });
    },
  );

  test('asks for the inputs of embeddings that it does not know, and for no others', async () => {
    const embed = (input: string[]): Promise<JsonAnswer> =>
      postJson(`${gateway.url}/v1/embeddings`, { model: 'openai/text-embedding-3-small', input }, TEAM_A);
    const first = await embed(['apple', 'pear']);
    expect(first.headers.get('x-sluice-cache')).toBe('miss');
    const second = await embed(['pear', 'plum', 'apple']);
    expect(second.headers.get('x-sluice-cache')).toBe('miss');
    expect(vendor.requests[1]?.body).toMatchObject({ input: ['plum'] });
    const third = await embed(['plum', 'apple']);
    expect(third.headers.get('x-sluice-cache')).toBe('hit');
    expect(third.headers.get('x-sluice-cost-usd')).toBe('0');
    expect(vendor.requests).toHaveLength(2);
    interface Vectors {
      readonly data: readonly { readonly embedding: unknown; readonly index: number }[];
    }
    const vectors = (answer: JsonAnswer): unknown[] =>
      (answer.body as Vectors).data.map(({ embedding }) => embedding);
    const [apple, pear] = vectors(first);
    expect(vectors(second)[0]).toEqual(pear);
    expect(vectors(second)[2]).toEqual(apple);
    expect(vectors(third)[1]).toEqual(apple);
  });

  test('is emptied by DELETE /admin/cache', async () => {
    const body = fresh();
    await ask(body);
    const cleared = await fetch(`${gateway.url}/admin/cache`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer the-admin-key' },
    });
    expect(cleared.status).toBe(200);
    expect(await cleared.json()).toEqual({ everywhere: true });
    expect((await ask(body)).headers.get('x-sluice-cache')).toBe('miss');
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RequestRecord } from '../../src/contract/request-record.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson, postStream } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { RecordKeeper } from '../support/record-keeper.js';
import { SeededRandom } from '../support/seeded-random.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const KEY = { authorization: 'Bearer secret-of-team-a' };

describe('the record of a request', () => {
  let openai: Simulator;
  let anthropic: Simulator;
  let gateway: RunningGateway;
  let keeper: RecordKeeper;
  let clock: ManualClock;

  beforeAll(async () => {
    openai = await startSimulator({ format: 'openai' });
    anthropic = await startSimulator({ format: 'anthropic' });
    clock = new ManualClock();
    gateway = await startGateway({
      clock,
      environment: { GATEWAY_API_KEYS: 'team-a:secret-of-team-a' },
      yaml: `
server: { body_limit: 100kb }
providers:
  - { name: openai, vendor: openai, base_url: ${openai.url}/v1, api_keys: [k1], model: gpt-4o-mini, models: [gpt-4o-mini, text-embedding-3-small], max_retries: 0, idle_timeout: 5s }
  - { name: anthropic, vendor: anthropic, base_url: ${anthropic.url}, api_keys: [k2], model: claude-haiku-4-5, max_retries: 0 }
routing: { cooldown: 0s }
`,
    });
    keeper = RecordKeeper.of(gateway);
  });

  afterEach(async () => {
    await Promise.all([openai.clear(), anthropic.clear()]);
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([openai.close(), anthropic.close()]);
  });

  /** The one record that came of what `act` did. */
  async function recordOf(act: () => Promise<unknown>): Promise<RequestRecord> {
    const before = keeper.records.length;
    await act();
    const records = await keeper.wait(before + 1);
    expect(records).toHaveLength(before + 1);
    return records[before]!;
  }

  const chat = (body: object, headers = KEY) =>
    postJson(`${gateway.url}/v1/chat/completions`, { messages: MESSAGES, ...body }, headers);

  test('of a whole answer has the tokens, the cost and the way', async () => {
    openai.setAnswer({ answer: 'Hi', usage: { input: 9, output: 12 } });
    const record = await recordOf(() => chat({ model: 'openai/gpt-4o-mini' }));
    expect(record).toMatchObject({
      keyId: 'config:team-a',
      keyName: 'team-a',
      format: 'openai-chat',
      stream: false,
      requestedModel: 'openai/gpt-4o-mini',
      provider: 'openai',
      status: 200,
      endReason: 'done',
      error: null,
      usage: { inputTokens: 9, outputTokens: 12 },
      usageSource: 'vendor',
      costNano: 9 * 150 + 12 * 600,
      finish: 'stop',
      firstTokenMs: null,
      attempts: [{ provider: 'openai', model: 'gpt-4o-mini', status: 200, error: null }],
    });
    expect(record.priceVersion).toMatch(/^genai-prices \d/);
  });

  test('of a stream has the last report of the vendor, never a sum of reports', async () => {
    anthropic.setAnswer({ answer: 'Hello there', usage: { input: 20, output: 7 } });
    const record = await recordOf(() =>
      postStream(
        `${gateway.url}/v1/messages`,
        { model: 'anthropic/claude-haiku-4-5', max_tokens: 50, messages: MESSAGES, stream: true },
        KEY,
      ),
    );
    expect(record).toMatchObject({
      format: 'anthropic-messages',
      stream: true,
      endReason: 'done',
      usage: { inputTokens: 20, outputTokens: 7 },
      usageSource: 'vendor',
    });
    expect(record.firstTokenMs).not.toBeNull();
  });

  test('of an answer without a usage report has an estimate, and says so', async () => {
    openai.behave('ok;usage=null');
    const record = await recordOf(() => chat({ model: 'openai/gpt-4o-mini' }));
    expect(record.usageSource).toBe('estimated');
    expect(record.usage?.inputTokens).toBeGreaterThan(0);
    expect(record.usage?.outputTokens).toBeGreaterThan(0);
    expect(record.costNano).toBeGreaterThan(0);
  });

  test('of a request that moved on lists every call, and charges the one that served', async () => {
    openai.behave('status-500');
    anthropic.setAnswer({ answer: 'Hi', usage: { input: 3, output: 4 } });
    const record = await recordOf(() => chat({ model: 'auto' }));
    expect(record.attempts.map(({ provider, status, error }) => [provider, status, error])).toEqual([
      ['openai', 500, '500 Internal Server Error'],
      ['anthropic', 200, null],
    ]);
    expect(record).toMatchObject({
      provider: 'anthropic',
      status: 200,
      usage: { inputTokens: 3, outputTokens: 4 },
    });
  });

  test.each<[string, () => Promise<unknown>, Partial<RequestRecord>]>([
    [
      'without a key',
      () => postJson(`${gateway.url}/v1/chat/completions`, { messages: MESSAGES }),
      { status: 401, endReason: 'refused', error: 'invalid_api_key', keyName: null, format: 'openai-chat' },
    ],
    [
      'that is no JSON',
      () => postJson(`${gateway.url}/v1/messages`, '{"messages":', KEY),
      { status: 400, endReason: 'refused', error: 'invalid_json', format: 'anthropic-messages' },
    ],
    [
      'that is too large',
      () => postJson(`${gateway.url}/v1/responses`, { input: 'x'.repeat(200_000) }, KEY),
      { status: 413, endReason: 'refused', error: 'request_too_large', format: 'openai-responses' },
    ],
    [
      'for a path that does not exist',
      () => postJson(`${gateway.url}/v1/nothing`, {}, KEY),
      { status: 404, endReason: 'refused', error: 'not_found' },
    ],
    [
      'for a model that does not exist',
      () => chat({ model: 'nobody/nothing' }),
      { status: 404, endReason: 'refused', error: 'model_not_found', provider: null, attempts: [] },
    ],
    [
      'for the tokens of a prompt',
      () => postJson(`${gateway.url}/v1/messages/count_tokens`, { messages: MESSAGES }, KEY),
      { status: 200, endReason: 'done', usageSource: 'none', costNano: null },
    ],
    [
      'for embeddings',
      () =>
        postJson(
          `${gateway.url}/v1/embeddings`,
          { model: 'openai/text-embedding-3-small', input: 'hi' },
          KEY,
        ),
      { status: 200, endReason: 'done', format: 'openai-embeddings', usageSource: 'vendor' },
    ],
  ])('is kept of a request %s', async (_name, act, expected) => {
    expect(await recordOf(act)).toMatchObject(expected);
  });

  test('of a request that every vendor failed says so', async () => {
    openai.behave('status-500');
    anthropic.behave('status-529');
    const record = await recordOf(() => chat({}));
    expect(record).toMatchObject({
      status: 503,
      endReason: 'vendor_error',
      usageSource: 'none',
      costNano: null,
    });
    expect(record.attempts).toHaveLength(2);
  });

  test('of a stream that broke counts what had come of it', async () => {
    anthropic.setAnswer({ answer: 'one two three four five six', usage: { input: 20, output: 70 } });
    anthropic.behave('cut-3');
    const record = await recordOf(() =>
      postStream(
        `${gateway.url}/v1/chat/completions`,
        { model: 'anthropic/claude-haiku-4-5', messages: MESSAGES, stream: true },
        KEY,
      ),
    );
    expect(record).toMatchObject({
      // What the caller got: the head of a stream that was whole so far.
      status: 200,
      endReason: 'cut',
      error: 'stream_interrupted',
      usageSource: 'estimated',
      usage: { inputTokens: 20 },
    });
    // What the vendor said at the beginning, and three words.
    expect(record.usage?.outputTokens).toBeGreaterThanOrEqual(3);
    expect(record.usage?.outputTokens).toBeLessThan(8);
  });

  test('of a stream that fell silent says so', async () => {
    openai.behave('stall-2');
    const record = await recordOf(async () => {
      const reading = postStream(
        `${gateway.url}/v1/chat/completions`,
        { model: 'openai/gpt-4o-mini', messages: MESSAGES, stream: true },
        KEY,
      );
      const call = await openai.waitForRequest(1);
      await expect.poll(() => call.chunksSent).toBe(2);
      await expect.poll(() => clock.hasTimer(5_000)).toBe(true);
      clock.advance(5_000);
      await reading;
    });
    expect(record).toMatchObject({
      endReason: 'stalled',
      error: 'stream_interrupted',
      usageSource: 'estimated',
    });
  });

  test('is one for each of 1,000 streams of which a third are left at random moments, and the sums are the vendors’', async () => {
    const random = new SeededRandom(7);
    const words = Array.from({ length: 30 }, (_, index) => `word${String(index)}`).join(' ');
    openai.setAnswer({ answer: words, usage: { input: 11, output: 31 } });
    anthropic.setAnswer({ answer: words, usage: { input: 13, output: 37 } });
    const before = keeper.records.length;
    const left = { openai: 0, anthropic: 0 };
    const ask = async (index: number): Promise<void> => {
      const provider = index % 2 === 0 ? 'openai' : 'anthropic';
      const leaves = random.happens(1 / 3);
      const controller = new AbortController();
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': `abort-${String(index)}`, ...KEY },
        body: JSON.stringify({
          messages: MESSAGES,
          stream: true,
          model: provider === 'openai' ? 'openai/gpt-4o-mini' : 'anthropic/claude-haiku-4-5',
        }),
        signal: controller.signal,
      });
      let bytes = random.integer(2_000);
      try {
        for await (const piece of response.body!) {
          bytes -= (piece as Uint8Array).length;
          if (leaves && bytes < 0) controller.abort();
        }
      } catch {
        left[provider]++;
      }
    };
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < 1_000) await ask(next++);
    };
    await Promise.all(Array.from({ length: 25 }, caller));

    const records = (await keeper.wait(before + 1_000)).slice(before);
    expect(records).toHaveLength(1_000);
    expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(1_000);
    expect(new Set(records.map(({ id }) => id)).size).toBe(1_000);
    expect(left.openai + left.anthropic).toBeGreaterThan(200);

    for (const [provider, vendor, input, output] of [
      ['openai', openai, 11, 31],
      ['anthropic', anthropic, 13, 37],
    ] as const) {
      const ours = records.filter((record) => record.provider === provider);
      const whole = ours.filter(({ endReason }) => endReason === 'done');
      const cut = ours.filter(({ endReason }) => endReason === 'caller_left');
      expect(whole.length + cut.length).toBe(500);
      expect(whole.every(({ usageSource }) => usageSource === 'vendor')).toBe(true);
      expect(sum(whole.map(({ usage }) => usage?.inputTokens))).toBe(whole.length * input);
      expect(sum(whole.map(({ usage }) => usage?.outputTokens))).toBe(whole.length * output);
      // What the vendor had sent when a caller left is more than what the gateway had read, never less.
      const words = sum(vendor.requests.map(({ chunksSent }) => chunksSent));
      expect(sum(cut.map(({ usage }) => usage?.outputTokens))).toBeLessThanOrEqual(words * 3);
      expect(
        cut.every(({ usage, usageSource }) => usageSource === 'none' || (usage?.inputTokens ?? 0) > 0),
      ).toBe(true);
      // Anthropic tells the tokens of the prompt before its first word: these hold even where the rest is cut.
      if (provider === 'anthropic') {
        const told = cut.filter(({ usage }) => usage !== undefined);
        expect(sum(told.map(({ usage }) => usage?.inputTokens))).toBe(told.length * input);
      }
    }
  }, 120_000);
});

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}

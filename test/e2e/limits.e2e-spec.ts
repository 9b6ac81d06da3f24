import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson, postStream, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const KEY = { authorization: 'Bearer secret-of-team-a' };
/** A call of 4 tokens in and 6 out costs a cent; a cent and a half is reserved for it. */
const PRICES = '{ gpt-4o-mini: { input: 1000, output: 1000 } }';
const USAGE = { input: 4, output: 6 };

async function startVendor(): Promise<Simulator> {
  const vendor = await startSimulator({ format: 'openai' });
  vendor.setAnswer({ answer: 'Hi', usage: USAGE });
  onTestFinished(() => vendor.close());
  return vendor;
}

async function start(
  vendor: Simulator,
  limits: string,
  options: { clock?: ManualClock; environment?: Record<string, string> } = {},
): Promise<RunningGateway> {
  const gateway = await startGateway({
    ...options,
    yaml: `
auth:
  keys:
    - { name: team-a, key: secret-of-team-a, ${limits} }
    - { name: team-b, key: secret-of-team-b }
providers:
  - { name: openai, vendor: openai, base_url: ${vendor.url}/v1, api_keys: [k1], model: gpt-4o-mini, prices: ${PRICES} }
`,
  });
  onTestFinished(() => gateway.close());
  return gateway;
}

const ask = (gateway: RunningGateway, headers: Record<string, string> = KEY): Promise<JsonAnswer> =>
  postJson(`${gateway.url}/v1/chat/completions`, { messages: MESSAGES, max_tokens: 10 }, headers);

const askMany = (gateways: readonly RunningGateway[], count: number): Promise<JsonAnswer[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => ask(gateways[index % gateways.length]!)));

function countOf(answers: readonly JsonAnswer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

describe('the limits of a gateway key', () => {
  test('let exactly 100 of 200 callers at once pass on 100 requests a minute, and 100 again a minute later', async () => {
    const vendor = await startVendor();
    const clock = new ManualClock();
    const gateway = await start(vendor, 'requests_per_minute: 100', { clock });
    for (const _minute of [1, 2]) {
      const answers = await askMany([gateway], 200);
      expect(countOf(answers, 200)).toBe(100);
      expect(countOf(answers, 429)).toBe(100);
      const refused = answers.find(({ status }) => status === 429)!;
      expect(refused.body).toMatchObject({
        error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      });
      expect(refused.headers.get('retry-after')).toBe('60');
      expect(refused.headers.get('x-ratelimit-limit-requests')).toBe('100');
      expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
      expect((await ask(gateway, { authorization: 'Bearer secret-of-team-b' })).status).toBe(200);
      clock.advance(61_000);
    }
    expect(vendor.requests).toHaveLength(202);
  });

  test('tell how they stand, in the headers of the format that the caller speaks', async () => {
    const gateway = await start(await startVendor(), 'requests_per_minute: 100, tokens_per_minute: 1000', {
      clock: new ManualClock(),
    });
    const openai = await ask(gateway);
    expect(openai.headers.get('x-ratelimit-remaining-requests')).toBe('99');
    expect(openai.headers.get('x-ratelimit-limit-tokens')).toBe('1000');
    const anthropic = await postJson(
      `${gateway.url}/v1/messages`,
      { model: 'auto', max_tokens: 10, messages: MESSAGES },
      KEY,
    );
    expect(anthropic.headers.get('anthropic-ratelimit-requests-remaining')).toBe('98');
    expect(anthropic.headers.get('anthropic-ratelimit-tokens-limit')).toBe('1000');
    // The 10 tokens of the first call, not what was reserved for it, and what is reserved for the second.
    expect(Number(anthropic.headers.get('anthropic-ratelimit-tokens-remaining'))).toBeGreaterThan(950);
  });

  test('refuse in Anthropic’s own words', async () => {
    const gateway = await start(await startVendor(), 'budget_usd: 0.01, requests_per_minute: 1', {
      clock: new ManualClock(),
    });
    const body = { model: 'auto', max_tokens: 10, messages: MESSAGES };
    const spent = await postJson(`${gateway.url}/v1/messages`, body, KEY);
    expect(spent).toMatchObject({ status: 402, body: { type: 'error', error: { type: 'billing_error' } } });
  });

  test('count what a stream used once it is over', async () => {
    const vendor = await startVendor();
    vendor.setAnswer({ answer: 'Hi', usage: { input: 400, output: 500 } });
    const gateway = await start(vendor, 'tokens_per_minute: 1000', { clock: new ManualClock() });
    const body = { messages: MESSAGES, max_tokens: 10, stream: true };
    expect((await postStream(`${gateway.url}/v1/chat/completions`, body, KEY)).status).toBe(200);
    await expect
      .poll(async () => (await ask(gateway)).headers.get('x-ratelimit-remaining-tokens'))
      .toMatch(/^\d\d?$/);
  });

  test('let so many run at a time, and the next as soon as one has ended', async () => {
    const vendor = await startVendor();
    const gateway = await start(vendor, 'max_parallel: 2');
    vendor.script(['silent', 'silent', 'ok']);
    const leave = new AbortController();
    const held = [1, 2].map(() =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...KEY },
        body: JSON.stringify({ messages: MESSAGES }),
        signal: leave.signal,
      }).catch(() => undefined),
    );
    await vendor.waitForRequest(2);
    const refused = await ask(gateway);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ error: { message: expect.stringContaining('2') as string } });
    leave.abort();
    await Promise.all(held);
    await expect.poll(async () => (await ask(gateway)).status).toBe(200);
  });

  test('never let 200 callers at once spend more than a budget of 1 USD', async () => {
    const vendor = await startVendor();
    const gateway = await start(vendor, 'budget_usd: 1');
    let served = 0;
    for (let round = 0; round < 4; round++) {
      const answers = await askMany([gateway], 200);
      served += countOf(answers, 200);
      expect(countOf(answers, 200) + countOf(answers, 402)).toBe(200);
    }
    // The last half cent is too little for what is reserved for a call.
    expect(served).toBeLessThanOrEqual(100);
    expect(served).toBeGreaterThanOrEqual(98);
    const refused = await ask(gateway);
    expect(refused.body).toMatchObject({ error: { code: 'budget_exceeded' } });
  });
});

describeWithRedis('the limits of a gateway key with two processes on one Redis', () => {
  let redis: RedisServer | undefined;
  afterEach(async () => {
    await redis?.dispose();
  });

  async function startTwo(vendor: Simulator, limits: string): Promise<RunningGateway[]> {
    redis = await RedisServer.start();
    const environment = { REDIS_URL: redis.url };
    // On a clock that nobody moves no answer of Redis is late, however busy this machine is.
    const clock = new ManualClock(Date.now());
    const gateways = [
      await start(vendor, limits, { environment, clock }),
      await start(vendor, limits, { environment, clock }),
    ];
    for (const gateway of gateways) {
      await expect
        .poll(async () => {
          const response = await fetch(`${gateway.url}/health`);
          const { details } = (await response.json()) as { details: { redis: { status: string } } };
          return details.redis.status;
        })
        .toBe('up');
    }
    return gateways;
  }

  test('let exactly 100 of 200 callers at once pass on 100 requests a minute', async () => {
    const vendor = await startVendor();
    const answers = await askMany(await startTwo(vendor, 'requests_per_minute: 100'), 200);
    expect(countOf(answers, 200)).toBe(100);
    expect(countOf(answers, 429)).toBe(100);
  });

  test('never let them spend more than a budget of 1 USD', async () => {
    const vendor = await startVendor();
    const gateways = await startTwo(vendor, 'budget_usd: 1');
    let served = 0;
    for (let round = 0; round < 4; round++) served += countOf(await askMany(gateways, 200), 200);
    expect(served).toBeLessThanOrEqual(100);
    expect(served).toBeGreaterThanOrEqual(98);
  });
});

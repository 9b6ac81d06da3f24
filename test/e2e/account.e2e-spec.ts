import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const KEY = { authorization: 'Bearer secret-of-team-a' };

describe('what a caller may know of its own key', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    vendor.setAnswer({ answer: 'Hi', usage: { input: 10, output: 10 } });
    gateway = await startGateway({
      yaml: `
auth:
  keys:
    - { name: team-a, key: secret-of-team-a, budget_usd: 1, budget_period: day, requests_per_minute: 60, models: [auto] }
    - { name: team-b, key: secret-of-team-b }
providers:
  - { name: openai, vendor: openai, base_url: ${vendor.url}/v1, api_keys: [k1], model: gpt-4o-mini, prices: { gpt-4o-mini: { input: 1000, output: 1000 } } }
`,
    });
    const asked = await postJson(
      `${gateway.url}/v1/chat`,
      { messages: [{ role: 'user', content: 'hi' }] },
      KEY,
    );
    expect(asked.status).toBe(200);
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  test('is at GET /v1/key: limits, and what is spent at once', async () => {
    const { status, body } = await getJson(`${gateway.url}/v1/key`, KEY);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      data: {
        label: 'team-a',
        models: ['auto'],
        usage: 0.02,
        limit: 1,
        limit_remaining: 0.98,
        budget_period: 'day',
        requests_per_minute: 60,
        tokens_per_minute: null,
        rate_limit: { requests: 60, interval: '1m' },
      },
    });
  });

  test('has no limit where the key has none', async () => {
    const { body } = await getJson(`${gateway.url}/v1/key`, { authorization: 'Bearer secret-of-team-b' });
    expect(body).toMatchObject({ data: { label: 'team-b', usage: 0, limit: null, limit_remaining: null } });
  });

  test.each(['/v1/dashboard/billing', '/dashboard/billing'])(
    'is where chat clients look for it: %s',
    async (path) => {
      const { body: subscription } = await getJson(`${gateway.url}${path}/subscription`, KEY);
      expect(subscription).toMatchObject({ object: 'billing_subscription', hard_limit_usd: 1 });
      await expect
        .poll(async () => (await getJson(`${gateway.url}${path}/usage?start_date=2020-01-01`, KEY)).body)
        .toMatchObject({
          object: 'list',
          total_usage: 2,
          daily_costs: [{ line_items: [{ name: 'gpt-4o-mini', cost: 2 }] }],
        });
    },
  );

  test('is for nobody else, and refuses a date that is none', async () => {
    expect((await getJson(`${gateway.url}/v1/key`)).status).toBe(401);
    const other = await getJson(`${gateway.url}/v1/dashboard/billing/usage`, {
      authorization: 'Bearer secret-of-team-b',
    });
    expect(other.body).toMatchObject({ total_usage: 0, daily_costs: [] });
    const faulty = await getJson(`${gateway.url}/v1/dashboard/billing/usage?start_date=yesterday`, KEY);
    expect(faulty).toMatchObject({
      status: 400,
      body: { error: { param: 'start_date', message: expect.stringContaining('"yesterday"') as string } },
    });
  });
});

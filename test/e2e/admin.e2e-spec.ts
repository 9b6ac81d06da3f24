import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ADMIN_KEY = 'admin-key-for-tests';
const question = { messages: [{ role: 'user', content: 'hi' }] };

interface Explained {
  provider: string;
  model: string;
  key_hint: string;
  place: string;
  reason: string;
  estimated_cost_usd: number | null;
}

describe('the admin API', () => {
  const clock = new ManualClock();
  let deepseek: Simulator;
  let openai: Simulator;
  let gateway: RunningGateway;
  const asAdmin = { authorization: `Bearer ${ADMIN_KEY}` };
  const act = (path: string, body: object = {}): Promise<JsonAnswer> =>
    postJson(`${gateway.url}/admin/${path}`, body, asAdmin);
  const explain = async (body: object): Promise<Explained[]> =>
    ((await act('explain', body)).body as { data: Explained[] }).data;
  const targets = async (): Promise<unknown> => (await getJson(`${gateway.url}/admin/targets`, asAdmin)).body;
  const ask = (body: object): Promise<JsonAnswer> => postJson(`${gateway.url}/v1/chat`, body);

  beforeAll(async () => {
    deepseek = await startSimulator({ format: 'openai', flavour: 'deepseek' });
    openai = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      clock,
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY },
      yaml: `
providers:
  - { name: deepseek, vendor: deepseek, base_url: "${deepseek.url}/v1", api_keys: [key-1, key-2], max_retries: 0 }
  - { name: openai, vendor: openai, base_url: "${openai.url}/v1", api_keys: [key-3], max_retries: 0 }
routing:
  routes:
    - { name: auto, targets: [deepseek, openai] }
    - name: shared
      strategy: weighted
      targets: [{ target: deepseek, weight: 3 }, { target: openai, weight: 1 }]
`,
    });
  });

  afterEach(async () => {
    await Promise.all([deepseek.clear(), openai.clear()]);
    await act('targets/deepseek/enable');
    await act('targets/deepseek/reset');
    await act('targets/openai/reset');
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([deepseek.close(), openai.close()]);
  });

  test.each([
    ['no key', {}],
    ['a wrong one', { authorization: 'Bearer wrong' }],
  ])('refuses %s', async (_title, headers) => {
    const answer = await getJson(`${gateway.url}/admin/targets`, headers);
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ error: { code: 'invalid_api_key' } });
  });

  test('is closed where no admin key is configured', async () => {
    const closed = await startGateway({
      yaml: `providers: [{ name: one, vendor: openai, base_url: "${openai.url}/v1", api_keys: [key] }]`,
    });
    try {
      const answer = await getJson(`${closed.url}/admin/targets`, asAdmin);
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ error: { code: 'admin_disabled' } });
    } finally {
      await closed.close();
    }
  });

  test('lists providers, models and keys with state, reason and times', async () => {
    deepseek.behave('status-401', { times: 1 });
    openai.behave('status-503', { times: 1 });
    await ask({ ...question, provider: 'openai' });
    await ask(question);
    expect(await targets()).toMatchObject({
      next_cursor: null,
      data: [
        {
          provider: 'deepseek',
          state: 'degraded',
          reason_code: 'key_refused',
          keys: [
            {
              state: 'down',
              reason_code: 'key_refused',
              reason: '401 key refused',
              since: new Date(clock.now()).toISOString(),
              until: new Date(clock.now() + 300_000).toISOString(),
            },
            { state: 'up', reason_code: null, reason: null, until: null },
          ],
        },
        {
          provider: 'openai',
          models: [
            {
              model: 'gpt-4o-mini',
              state: 'down',
              reason_code: 'cooldown',
              reason: '503 Service Unavailable',
              failures: 1,
              in_flight: 0,
            },
          ],
        },
      ],
    });
  });

  test('a provider disabled by hand is left alone until it is enabled, whatever is reset', async () => {
    expect((await act('targets/deepseek/disable')).body).toMatchObject({
      provider: 'deepseek',
      state: 'down',
      reason_code: 'disabled',
      reason: 'disabled by hand',
      until: null,
    });
    await act('targets/deepseek/reset');
    clock.advance(24 * 3_600_000);
    expect((await ask(question)).body).toMatchObject({ provider: 'openai' });
    const pinned = await ask({ ...question, provider: 'deepseek' });
    expect(pinned.status).toBe(503);
    expect(pinned.body).toEqual({
      error: 'All providers failed',
      details: ['deepseek: disabled by hand'],
    });
    expect(pinned.headers.get('retry-after')).toBeNull();
    const health = await getJson(`${gateway.url}/health`);
    expect(health.body).toMatchObject({
      details: { deepseek: { status: 'down', cooling_until: null, reason: 'disabled by hand' } },
    });
    await act('targets/deepseek/enable');
    expect((await ask(question)).body).toMatchObject({ provider: 'deepseek' });
  });

  test('reset ends a rest at once', async () => {
    deepseek.behave('status-503', { times: 1 });
    await ask(question);
    expect((await ask(question)).body).toMatchObject({ provider: 'openai' });
    await act('targets/deepseek/reset');
    expect((await ask(question)).body).toMatchObject({ provider: 'deepseek' });
  });

  test('an unknown provider is a 404 that names the known ones', async () => {
    const answer = await act('targets/nobody/disable');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({
      error: { message: expect.stringContaining('deepseek, openai') as string },
    });
  });

  test('explains the plan and calls nobody', async () => {
    deepseek.behave('status-503', { times: 1 });
    await ask({ ...question, provider: 'deepseek' });
    const calls = deepseek.requests.length + openai.requests.length;
    const plan = await explain(question);
    expect(plan.map(({ provider, place }) => [provider, place])).toEqual([
      ['deepseek', 'skipped'],
      ['deepseek', 'skipped'],
      ['openai', 'first'],
    ]);
    expect(plan[0]?.reason).toBe(
      'cooling down for 60 s (503 Service Unavailable); in the order of the route',
    );
    expect(plan[2]?.estimated_cost_usd).toBeGreaterThan(0);
    expect(deepseek.requests.length + openai.requests.length).toBe(calls);
  });

  test('a request does what was explained just before it, turn by turn', async () => {
    const seen: string[] = [];
    for (let turn = 0; turn < 8; turn++) {
      const [first] = await explain({ ...question, model: 'shared' });
      const answer = await ask({ ...question, model: 'shared' });
      expect((answer.body as { provider: string }).provider).toBe(first?.provider);
      seen.push(first?.provider ?? '');
    }
    expect(seen.filter((provider) => provider === 'deepseek')).toHaveLength(6);
  });

  test('explain refuses bad input by name', async () => {
    const answer = await act('explain', { messages: [] });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { code: 'invalid_request' } });
  });
});

describe('auth.public_operations: false', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY },
      yaml: `
auth: { public_operations: false }
providers: [{ name: one, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key] }]
`,
    });
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  test('hides docs and the details of /health from whoever has no admin key', async () => {
    const open = await getJson(`${gateway.url}/health`);
    expect(open.status).toBe(200);
    expect(open.body).toEqual({ status: 'ok' });
    expect((await fetch(`${gateway.url}/docs`)).status).toBe(401);
    expect((await getJson(`${gateway.url}/docs-json`)).status).toBe(401);
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
  });

  test('shows them with it', async () => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const full = await getJson(`${gateway.url}/health`, headers);
    expect(full.body).toMatchObject({ details: { one: { status: 'up' } } });
    expect((await fetch(`${gateway.url}/docs`, { headers })).status).toBe(200);
    expect((await getJson(`${gateway.url}/docs-json`, headers)).body).toMatchObject({ openapi: '3.1.0' });
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Load } from '../../src/telemetry/load.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };

interface HealthBody {
  readonly status: string;
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe('health', () => {
  const clock = new ManualClock();
  let deepseek: Simulator;
  let openai: Simulator;
  let gateway: RunningGateway;
  const ask = (body: object = {}) => postJson(`${gateway.url}/v1/chat`, { ...QUESTION, ...body });
  const health = async () => {
    const { status, headers, body } = await getJson(`${gateway.url}/health`);
    return { status, headers, body: body as HealthBody };
  };

  beforeAll(async () => {
    deepseek = await startSimulator({ format: 'openai', flavour: 'deepseek' });
    openai = await startSimulator({ format: 'openai' });
  });

  afterAll(async () => {
    await Promise.all([deepseek.close(), openai.close()]);
  });

  describe('of two providers, one with two keys', () => {
    beforeAll(async () => {
      gateway = await startGateway({
        clock,
        yaml: `
providers:
  - { name: deepseek, vendor: deepseek, base_url: "${deepseek.url}/v1", api_keys: [one, two], max_retries: 0 }
  - { name: openai, vendor: openai, base_url: "${openai.url}/v1", api_keys: [three], max_retries: 0 }
  - { name: anthropic, vendor: anthropic, api_keys: [""] }
`,
      });
    });

    afterEach(async () => {
      await Promise.all([deepseek.clear(), openai.clear()]);
      clock.advance(10 * 60_000);
      // What rested is tried again, so that each test begins with everybody well.
      await ask({ provider: 'deepseek' });
      await ask({ provider: 'deepseek' });
      await ask({ provider: 'openai' });
      await Promise.all([deepseek.clear(), openai.clear()]);
    });

    afterAll(() => gateway.close());

    test('before any traffic everything is up and nothing is known', async () => {
      const { status, body, headers } = await health();
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body.status).toBe('ok');
      const up = { status: 'up', healthy: true, last_fail: null, cooling_until: null, reason: null };
      expect(body.details).toMatchObject({
        deepseek: { ...up, keys: { total: 2, available: 2 }, latency_ms_p50: null },
        openai: { ...up, keys: { total: 1, available: 1 }, latency_ms_p50: null },
      });
    });

    test('looking at it calls nobody', async () => {
      await health();
      await getJson(`${gateway.url}/health/live`);
      await getJson(`${gateway.url}/health/ready`);
      expect(deepseek.requests).toHaveLength(0);
      expect(openai.requests).toHaveLength(0);
    });

    test('a provider without a key is no part of the service and not shown', async () => {
      expect(Object.keys((await health()).body.details).sort()).toEqual(
        expect.not.arrayContaining(['anthropic']) as string[],
      );
    });

    test('answers bring a latency', async () => {
      await ask({ provider: 'openai' });
      expect((await health()).body.details['openai']).toMatchObject({
        latency_ms_p50: expect.any(Number) as number,
      });
    });

    test('one refused key of two leaves its provider degraded, and says until when', async () => {
      deepseek.behave('status-401', { key: 'one' });
      await ask();
      await ask();
      const { status, body } = await health();
      expect(status).toBe(200);
      expect(body.status).toBe('degraded');
      expect(body.details['deepseek']).toMatchObject({
        status: 'degraded',
        healthy: true,
        reason: '401 key refused',
        cooling_until: new Date(clock.now() + 300_000).toISOString(),
        last_fail: new Date(clock.now()).toISOString(),
        keys: { total: 2, available: 1 },
      });
      expect(body.details['openai']).toMatchObject({ status: 'up' });
    });

    test('one provider of two down is degraded and still 200', async () => {
      openai.behave('status-503');
      await ask({ provider: 'openai' });
      const { status, body } = await health();
      expect(status).toBe(200);
      expect(body.status).toBe('degraded');
      expect(body.details['openai']).toMatchObject({
        status: 'down',
        healthy: false,
        keys: { total: 1, available: 0 },
      });
      expect(body.details['deepseek']).toMatchObject({ status: 'up', healthy: true });
    });

    test('all providers down is 503, and one that is back makes it 200 again', async () => {
      deepseek.behave('status-503');
      openai.behave('status-429;retry-after=90');
      expect((await ask()).status).toBe(503);
      const down = await health();
      expect(down.status).toBe(503);
      expect(down.headers.get('cache-control')).toBe('no-store');
      expect(down.body.status).toBe('error');
      expect(down.body.details).toMatchObject({
        deepseek: {
          status: 'down',
          healthy: false,
          reason: '503 Service Unavailable',
          cooling_until: new Date(clock.now() + 60_000).toISOString(),
        },
        openai: {
          status: 'down',
          healthy: false,
          reason: '429 rate limit',
          cooling_until: new Date(clock.now() + 90_000).toISOString(),
        },
      });
      clock.advance(60_000);
      const back = await health();
      expect(back.status).toBe(200);
      expect(back.body.details).toMatchObject({ deepseek: { healthy: true }, openai: { status: 'down' } });
    });

    test('a request at fault does not make a provider ill', async () => {
      openai.behave('status-400');
      await ask({ provider: 'openai' });
      expect((await health()).body.details['openai']).toMatchObject({ status: 'up', healthy: true });
    });

    test('vendors that are down do not take the process out of service', async () => {
      deepseek.behave('status-503');
      openai.behave('status-503');
      await ask();
      expect((await health()).status).toBe(503);
      const ready = await getJson(`${gateway.url}/health/ready`);
      expect([ready.status, ready.body]).toEqual([200, { status: 'ok' }]);
      const live = await getJson(`${gateway.url}/health/live`);
      expect([live.status, live.body]).toEqual([200, { status: 'ok' }]);
    });
  });

  test('a shutdown under way is not ready, but alive and serving', async () => {
    gateway = await startGateway({
      clock,
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${openai.url}/v1", api_keys: [three] }]`,
    });
    try {
      gateway.app.get(Load).drain();
      const ready = await getJson(`${gateway.url}/health/ready`);
      expect([ready.status, ready.body]).toEqual([503, { status: 'error', reason: 'shutting down' }]);
      expect(ready.headers.get('connection')).toBe('close');
      expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
      expect((await ask()).status).toBe(200);
    } finally {
      await gateway.close();
    }
  });

  test('without a target that can be called the process is not ready', async () => {
    gateway = await startGateway({
      yaml: 'providers: [{ name: openai, vendor: openai, api_keys: [""] }]',
    });
    try {
      const ready = await getJson(`${gateway.url}/health/ready`);
      expect([ready.status, ready.body]).toEqual([
        503,
        { status: 'error', reason: 'no target is configured' },
      ]);
      expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
      expect((await health()).status).toBe(503);
    } finally {
      await gateway.close();
    }
  });
});

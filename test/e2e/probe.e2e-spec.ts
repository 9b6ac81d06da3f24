import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const question = { messages: [{ role: 'user', content: 'hi' }] };

describe('probe_interval', () => {
  const clock = new ManualClock();
  let first: Simulator;
  let second: Simulator;
  let gateway: RunningGateway;
  const probes = (): number => first.requests.filter(({ path }) => path === '/v1/models').length;

  beforeAll(async () => {
    first = await startSimulator({ format: 'openai' });
    second = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      clock,
      yaml: `
providers:
  - { name: first, vendor: openai, base_url: "${first.url}/v1", api_keys: [key-1], max_retries: 0, probe_interval: 5s }
  - { name: second, vendor: openai, base_url: "${second.url}/v1", api_keys: [key-2], max_retries: 0 }
`,
    });
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([first.close(), second.close()]);
  });

  test('a provider that rests is asked for its models, and is back as soon as it answers', async () => {
    clock.advance(20_000);
    expect(probes()).toBe(0);
    first.behave('status-503', { times: 1 });
    expect((await postJson(`${gateway.url}/v1/chat`, question)).body).toMatchObject({ provider: 'second' });
    await vi.waitFor(async () => {
      clock.advance(5_000);
      expect((await getJson(`${gateway.url}/health`)).body).toMatchObject({ status: 'ok' });
    });
    expect(probes()).toBeGreaterThan(0);
    expect((await postJson(`${gateway.url}/v1/chat`, question)).body).toMatchObject({ provider: 'first' });
  });

  test('a rate limit is not taken for an outage', async () => {
    first.behave('status-429;retry-after=300', { times: 1 });
    await postJson(`${gateway.url}/v1/chat`, question);
    const before = probes();
    clock.advance(60_000);
    await getJson(`${gateway.url}/health`);
    expect(probes()).toBe(before);
    expect((await postJson(`${gateway.url}/v1/chat`, question)).body).toMatchObject({ provider: 'second' });
  });
});

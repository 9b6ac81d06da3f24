import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Load } from '../../src/telemetry/load.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

describe('a process at the end of its shutdown', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      yaml: `providers: [{ name: one, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key] }]`,
    });
    gateway.app.get(Load).drain();
    gateway.app.get(Load).refuse();
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  test('sends callers elsewhere, in their own format', async () => {
    const question = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 10 };
    const openai = await postJson(`${gateway.url}/v1/chat/completions`, question);
    expect(openai.status).toBe(503);
    expect(openai.headers.get('retry-after')).toBe('1');
    expect(openai.headers.get('connection')).toBe('close');
    expect(openai.body).toMatchObject({ error: { code: 'shutting_down' } });
    const anthropic = await postJson(`${gateway.url}/v1/messages`, question);
    expect(anthropic.body).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
    expect(vendor.requests).toHaveLength(0);
  });

  test('still answers probes', async () => {
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
    expect((await getJson(`${gateway.url}/health/ready`)).status).toBe(503);
  });
});

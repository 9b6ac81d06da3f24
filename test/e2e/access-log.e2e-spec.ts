import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { RawClient } from '../support/raw-client.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };

describe('the log of requests', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;

  const lines = (): Record<string, unknown>[] =>
    gateway.logs
      .matching({ message: 'request' })
      .filter(({ level }) => level === 'info')
      .map(({ message }) => message as Record<string, unknown>);
  const logged = (count: number): Promise<void> => vi.waitFor(() => expect(lines()).toHaveLength(count));

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      environment: { GATEWAY_ADMIN_KEY: 'the-admin-key' },
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key] }]`,
    });
  });

  afterEach(async () => {
    gateway.logs.clear();
    await vendor.clear();
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  test('has one line for a request that asks no model, with the id that its caller got', async () => {
    const { headers } = await getJson(`${gateway.url}/v1/models?limit=1`);
    await getJson(`${gateway.url}/nowhere`);
    await getJson(`${gateway.url}/admin/targets`, { authorization: 'Bearer the-admin-key' });
    await logged(3);
    expect(lines()).toMatchObject([
      {
        request_id: headers.get('x-request-id'),
        method: 'GET',
        path: '/v1/models',
        status: 200,
        total_ms: expect.any(Number) as number,
      },
      { path: '/nowhere', status: 404 },
      { path: '/admin/targets', status: 200 },
    ]);
  });

  test('has one line for a request to a model, not two', async () => {
    const { headers } = await postJson(`${gateway.url}/v1/chat`, QUESTION);
    await logged(1);
    expect(lines()).toMatchObject([{ request_id: headers.get('x-request-id'), format: 'simple-chat' }]);
  });

  test('has none for what machines ask all the time', async () => {
    await getJson(`${gateway.url}/health/live`);
    await getJson(`${gateway.url}/health`);
    await getJson(`${gateway.url}/docs-json`);
    await getJson(`${gateway.url}/v1/models`);
    await logged(1);
    expect(lines()).toMatchObject([{ path: '/v1/models' }]);
  });

  test('says 499 of a caller that left', async () => {
    const client = await RawClient.open(gateway.url);
    client.sendHead('/admin/explain', { 'content-length': '100', authorization: 'Bearer the-admin-key' });
    client.send('{');
    await vi.waitFor(() => expect(client.isClosed).toBe(false));
    client.close();
    await logged(1);
    expect(lines()).toMatchObject([{ method: 'POST', path: '/admin/explain', status: 499 }]);
  });
});

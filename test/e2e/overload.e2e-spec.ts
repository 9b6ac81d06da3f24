import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SettingsHolder } from '../../src/config/settings-holder.js';
import { Load } from '../../src/telemetry/load.js';
import { RequestLog } from '../../src/usage/request-log.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { readExposition, total } from '../support/exposition.js';
import { getJson, postJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { RawClient } from '../support/raw-client.js';
import { RecordKeeper } from '../support/record-keeper.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 10 };
const ADMIN = { authorization: 'Bearer the-admin-key' };
const MEGABYTE = 2 ** 20;

describe('a gateway with as many requests as it takes', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;
  let clients: RawClient[];

  const open = async (): Promise<RawClient> => {
    const client = await RawClient.open(gateway.url);
    clients.push(client);
    return client;
  };
  const settled = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
  });

  afterAll(() => vendor.close());

  /** With two requests in flight of two. */
  const fill = async (): Promise<void> => {
    clients = [];
    gateway = await startGateway({
      environment: { GATEWAY_ADMIN_KEY: 'the-admin-key' },
      yaml: `
server: { max_in_flight: 2 }
providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key], timeout: 10m }]
`,
    });
    vendor.behave('silent', { times: 2 });
    for (let index = 0; index < 2; index++) (await open()).post('/v1/chat', QUESTION);
    await vendor.waitForRequest(2);
  };

  afterEach(async () => {
    for (const client of clients) client.close();
    await gateway.close();
    await vendor.clear();
  });

  test('refuses more in the format of each caller, and says when to come back', async () => {
    await fill();
    const openai = await postJson(`${gateway.url}/v1/chat/completions`, QUESTION, { 'x-request-id': 'mine' });
    expect([openai.status, openai.headers.get('x-request-id')]).toEqual([503, 'mine']);
    expect(Number(openai.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(openai.body).toMatchObject({ error: { code: 'overloaded', type: 'server_error' } });
    const anthropic = await postJson(`${gateway.url}/v1/messages`, QUESTION, {
      'anthropic-version': '2023-06-01',
    });
    expect([anthropic.status, anthropic.body]).toMatchObject([
      503,
      { type: 'error', error: { type: 'overloaded_error' }, request_id: anthropic.headers.get('request-id') },
    ]);
    const simple = await postJson(`${gateway.url}/v1/chat`, QUESTION);
    expect([simple.status, simple.body]).toMatchObject([
      503,
      { error: expect.stringContaining('server.max_in_flight') as string, details: [] },
    ]);
    expect(vendor.requests).toHaveLength(2);
  });

  test('does not send all of them away for the same time', async () => {
    await fill();
    const times: (string | null)[] = [];
    for (let index = 0; index < 3; index++) {
      times.push((await postJson(`${gateway.url}/v1/chat`, QUESTION)).headers.get('retry-after'));
    }
    expect(new Set(times)).toEqual(new Set(['1', '2', '3']));
  });

  test('answers probes and the admin API all the same', async () => {
    await fill();
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
    expect((await getJson(`${gateway.url}/health/ready`)).status).toBe(200);
    expect((await getJson(`${gateway.url}/health`)).status).toBe(200);
    expect((await getJson(`${gateway.url}/admin/targets`, ADMIN)).status).toBe(200);
  });

  test('answers before the body has come, and goes on with the connection when it is small', async () => {
    await fill();
    const client = await open();
    const body = JSON.stringify(QUESTION);
    client.sendHead('/v1/chat', { 'content-length': String(body.length) });
    await client.receives('server.max_in_flight');
    clients[0]?.close();
    await settled(() => expect(gateway.app.get(Load).inFlight).toBe(1));
    client.received = '';
    client.send(body);
    client.post('/v1/chat', QUESTION);
    await client.receives('"provider":"openai"');
    expect(client.isClosed).toBe(false);
  });

  test('a caller that is still sending a large body gets the whole answer, and then the connection ends', async () => {
    await fill();
    const client = await open();
    client.sendHead('/v1/chat', { 'content-length': String(8 * MEGABYTE) });
    for (let index = 0; index < 8; index++) client.send(Buffer.alloc(MEGABYTE, 'x'));
    await client.closed();
    expect(client.status).toBe(503);
    expect(client.received).toContain('connection: close');
    expect(client.body).toMatchObject({ details: [] });
  });

  test('does not ask for the body of a request that it refuses, and does ask for that of another', async () => {
    await fill();
    const refused = await open();
    refused.sendHead('/v1/chat', { 'content-length': '500000', expect: '100-continue' });
    await refused.receives('server.max_in_flight');
    expect(refused.status).toBe(503);
    clients[0]?.close();
    await settled(() => expect(gateway.app.get(Load).inFlight).toBe(1));
    const accepted = await open();
    const body = JSON.stringify(QUESTION);
    accepted.sendHead('/v1/chat', { 'content-length': String(body.length), expect: '100-continue' });
    await accepted.receives('100 Continue');
    accepted.send(body);
    await accepted.receives('"provider":"openai"');
  });

  test('takes requests again as soon as one has ended', async () => {
    await fill();
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(503);
    clients[0]?.close();
    await settled(() => expect(gateway.app.get(Load).inFlight).toBe(1));
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200);
    await settled(() => expect(gateway.app.get(Load).inFlight).toBe(1));
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200);
  });

  test('goes by the configuration that is in force', async () => {
    await fill();
    const holder = gateway.app.get(SettingsHolder);
    holder.replace({ ...holder.current, server: { ...holder.current.server, maxInFlight: 3 } });
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200);
  });

  test('records each refusal, and logs them together', async () => {
    await fill();
    const keeper = RecordKeeper.of(gateway);
    for (let index = 0; index < 5; index++) await postJson(`${gateway.url}/v1/chat`, QUESTION);
    const records = await keeper.wait(5);
    expect(records).toHaveLength(5);
    for (const record of records) {
      expect(record).toMatchObject({
        format: 'simple-chat',
        status: 503,
        endReason: 'shed',
        error: 'overloaded',
        provider: null,
        attempts: [],
      });
    }
    expect(gateway.logs.matching({ message: 'requests refused', count: 1 })).toHaveLength(1);
    await settled(() =>
      expect(gateway.logs.matching({ message: 'requests refused', count: 4 })).toHaveLength(1),
    );
  });
});

test('of a flood of refusals a hundred a second have a line and a row, and all are counted', async () => {
  const REFUSED = 130;
  const clock = new ManualClock();
  const vendor = await startSimulator({ format: 'openai' });
  const gateway = await startGateway({
    clock,
    yaml: `
server: { max_in_flight: 1 }
providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key] }]
`,
  });
  const client = await RawClient.open(gateway.url);
  try {
    vendor.behave('silent', { times: 1 });
    client.post('/v1/chat', QUESTION);
    await vendor.waitForRequest();
    const keeper = RecordKeeper.of(gateway);
    for (let index = 0; index < REFUSED; index++) await postJson(`${gateway.url}/v1/chat`, QUESTION);
    await keeper.wait(REFUSED);
    expect(gateway.logs.matching({ message: 'request', end_reason: 'shed' })).toHaveLength(100);
    expect(gateway.app.get(RequestLog).counts.queued).toBe(100);
    const metrics = readExposition(await (await fetch(`${gateway.url}/metrics`)).text());
    expect(total(metrics, 'sluice_requests_total', { status: '503' })).toBe(REFUSED);
    clock.advance(1_000);
    expect(gateway.logs.matching({ message: 'requests refused', count: REFUSED - 1 })).toHaveLength(1);
  } finally {
    client.close();
    await gateway.close();
    await vendor.close();
  }
});

describe('requests that come all at once', () => {
  const CROWD = 300;

  test('are all served, those that left meanwhile are forgotten, and the load is 0 in the end', async () => {
    const vendor = await startSimulator({ format: 'openai' });
    const gateway = await startGateway({
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key] }]`,
    });
    try {
      const clients = await Promise.all(Array.from({ length: CROWD }, () => RawClient.open(gateway.url)));
      for (const client of clients) client.post('/v1/chat', QUESTION);
      const leaving = clients.filter((_, index) => index % 10 === 0);
      for (const client of leaving) client.close();
      await Promise.all(
        clients.filter((client) => !leaving.includes(client)).map((client) => client.receives('"provider"')),
      );
      expect(clients.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(CROWD * 0.9);
      await vi.waitFor(() => expect(gateway.app.get(Load).inFlight).toBe(0));
      for (const client of clients) client.close();
    } finally {
      await gateway.close();
      await vendor.close();
    }
  });
});

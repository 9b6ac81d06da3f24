import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openKysely } from '../../src/storage/open-kysely.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson } from '../support/http.js';
import { RawClient } from '../support/raw-client.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const STREAMS = 500;

// A start takes a second or two, and many times that on a busy machine.
describe('shutting down', { timeout: 90_000 }, () => {
  let main: string;
  let vendor: Simulator;
  let gateway: GatewayProcess;

  async function start(grace = '120s'): Promise<void> {
    gateway = await new GatewayProcess({
      main,
      yaml: `
server: { shutdown_grace: ${grace} }
providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key], timeout: 120s, idle_timeout: 120s }]
`,
    }).listening();
  }

  const openStream = (): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...QUESTION, stream: true }),
    });

  /** Resolves when the process no longer says that it is ready. */
  const notReady = (): Promise<void> =>
    vi.waitFor(
      async () => {
        const { status, body } = await getJson(`${gateway.url}/health/ready`);
        expect([status, body]).toEqual([503, { status: 'error', reason: 'shutting down' }]);
      },
      { timeout: 30_000, interval: 10 },
    );

  beforeAll(async () => {
    main = await buildGateway();
    vendor = await startSimulator({ format: 'openai' });
  }, 130_000);

  afterEach(async () => {
    await gateway.dispose();
    await vendor.clear();
  });

  afterAll(() => vendor.close());

  test(`${String(STREAMS)} running streams all complete after SIGTERM, readiness is 503 at once, and the exit code is 0`, async () => {
    vendor.behave('drip-300;chunks=20');
    await start();
    const opened = await Promise.all(Array.from({ length: STREAMS }, openStream));
    let ended = 0;
    const reading = opened.map(async (response) => {
      const text = await response.text();
      ended++;
      return text;
    });
    gateway.signal('SIGTERM');
    await notReady();
    expect(ended).toBeLessThan(STREAMS);
    expect(gateway.hasExited).toBe(false);
    const texts = await Promise.all(reading);
    const whole = texts.filter(
      (text) => text.endsWith('data: [DONE]\n\n') && text.includes('"finish_reason":"stop"'),
    );
    expect(whole).toHaveLength(STREAMS);
    expect(await gateway.exited).toBe(0);
    expect(gateway.stderr).toBe('');
    expect(vendor.counters.callerClosed).toBe(0);
  });

  test('with nothing under way it ends by itself, with 0, also on SIGINT', async () => {
    await start();
    gateway.signal('SIGINT');
    expect(await gateway.exited).toBe(0);
  });

  test('an idle keep-alive connection does not hold it up', async () => {
    await start();
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200);
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
  });

  test('connections without a request are closed, and one on which a request runs says first what it has to say', async () => {
    await start();
    const idle = await RawClient.open(gateway.url);
    idle.post('/v1/chat', QUESTION);
    await vendor.waitForRequest(1);
    await idle.receives('"provider":"openai"');
    vendor.behave('late-1500', { times: 1 });
    const silent = await RawClient.open(gateway.url);
    const busy = await RawClient.open(gateway.url);
    busy.post('/v1/chat', QUESTION);
    await vendor.waitForRequest(2);
    gateway.signal('SIGTERM');
    await notReady();
    expect(await gateway.exited).toBe(0);
    await Promise.all([idle.closed(), silent.closed(), busy.closed()]);
    expect(busy.status).toBe(200);
    expect(busy.received).toContain('"provider":"openai"');
    expect(gateway.stderr).toBe('');
  });

  test('liveness stays 200 and requests of callers that have not noticed are served', async () => {
    vendor.behave('stall-1', { times: 1 });
    await start();
    const stalled = await openStream();
    gateway.signal('SIGTERM');
    await notReady();
    expect((await getJson(`${gateway.url}/health/live`)).status).toBe(200);
    const { status, headers } = await postJson(`${gateway.url}/v1/chat`, QUESTION);
    expect(status).toBe(200);
    expect(headers.get('connection')).toBe('close');
    await stalled.body?.cancel();
    expect(await gateway.exited).toBe(0);
  });

  test('a second signal ends it at once', async () => {
    vendor.behave('stall-1');
    await start();
    const stalled = await openStream();
    const reading = stalled.text().catch(() => 'broken off');
    gateway.signal('SIGTERM');
    await notReady();
    expect(gateway.hasExited).toBe(false);
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(1);
    expect(await reading).toBe('broken off');
  });

  test('what does not finish within server.shutdown_grace is told so, does not look whole, and is recorded', async () => {
    vendor.behave('stall-1');
    await start('300ms');
    const stalled = await openStream();
    const reading = stalled.text();
    await vi.waitFor(() => expect(vendor.requests[0]?.chunksSent).toBe(1));
    const waiting = postJson(`${gateway.url}/v1/messages`, { ...QUESTION, model: 'auto', max_tokens: 10 });
    await vendor.waitForRequest(2);
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
    const text = await reading;
    expect(text).not.toContain('[DONE]');
    expect(text).toContain('"code":"shutting_down"');
    expect(await waiting).toMatchObject({
      status: 503,
      body: { type: 'error', error: { type: 'overloaded_error' } },
    });
    expect(gateway.stdout).toContain('2 requests did not finish within the grace');
    const db = openKysely(`sqlite:${join(gateway.directory, 'data/sluice.db')}`, () => undefined);
    const rows = await db
      .selectFrom('request_log')
      .select(['stream', 'status', 'end_reason', 'error'])
      .execute();
    await db.destroy();
    // The stream had its head before.
    expect(rows.sort((one, other) => one.stream - other.stream)).toEqual([
      { stream: 0, status: 503, end_reason: 'shutdown', error: 'shutting_down' },
      { stream: 1, status: 200, end_reason: 'shutdown', error: 'shutting_down' },
    ]);
  });
});

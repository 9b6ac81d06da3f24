import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Fault } from '../simulator/fault.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { describeOnBothDatabases } from '../support/databases.js';
import { getJson, postJson, postStream } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** Everything that an engineer needs to find out why a request failed, from the log, the records and the states. */

const MESSAGES = [{ role: 'user', content: 'hi' }];
const ADMIN_KEY = 'an-admin-key-of-length';
const AUTHORIZATION = { authorization: `Bearer ${ADMIN_KEY}` };
const VENDOR_KEY = 'vendor-key-that-is-secret';

interface Logged {
  readonly request_id: string;
  readonly status: number;
  readonly end_reason: string;
  readonly provider: string | null;
  readonly attempts: readonly Record<string, unknown>[];
  readonly considered: readonly Record<string, unknown>[];
}

describeOnBothDatabases('why a request failed', (maker) => {
  let clock: ManualClock;
  let one: Simulator;
  let two: Simulator;
  let gateway: RunningGateway;

  beforeEach(async () => {
    clock = new ManualClock();
    [one, two] = await Promise.all([
      startSimulator({ format: 'openai', name: 'one' }),
      startSimulator({ format: 'openai', name: 'two' }),
    ]);
    const providers = [one, two].map(({ url }, index) => ({
      name: ['one', 'two'][index],
      vendor: 'openai',
      base_url: `${url}/v1`,
      api_keys: [VENDOR_KEY],
      model: 'small',
      max_retries: 0,
    }));
    gateway = await startGateway({
      clock,
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY, DATABASE_URL: await maker.create() },
      yaml: JSON.stringify({ auth: { mode: 'open' }, providers }),
    });
  });

  afterEach(async () => {
    await gateway.close();
    await Promise.all([one.close(), two.close()]);
  });

  const admin = async (path: string): Promise<unknown> =>
    (await getJson(`${gateway.url}/admin/${path}`, AUTHORIZATION)).body;

  /** The row of a request, once it is written. */
  const rowOf = (requestId: string): Promise<Logged> =>
    vi.waitFor(
      async () => {
        gateway.logs.beforeRead?.();
        clock.advance(1_000);
        const row = (await admin(`requests/${requestId}`)) as Logged;
        expect(row.request_id).toBe(requestId);
        return row;
      },
      { timeout: 15_000, interval: 20 },
    );

  const ask = (path: string, requestId: string, body: object = {}) =>
    postJson(
      `${gateway.url}${path}`,
      { messages: MESSAGES, max_tokens: 5, ...body },
      { 'x-request-id': requestId },
    );

  const saying = (status: number, message: string, requestId: string): Fault => ({
    kind: 'status',
    status,
    body: { error: { message, type: 'server_error' } },
    headers: { 'x-request-id': requestId },
  });

  test('is told in the vendor’s own words with its name of the call, in the record and in the log', async () => {
    one.behave(saying(403, 'Your organization must be verified to use this', 'req_one'));
    two.behave(
      saying(500, `CUDA error: out of memory\u0000 for ${VENDOR_KEY} ${'x'.repeat(600)}`, 'req_two'),
    );
    const answer = await ask('/v1/chat/completions', 'why-1');
    expect(answer.status).toBe(502);
    expect(JSON.stringify(answer.body)).not.toContain('CUDA');
    const { attempts } = await rowOf('why-1');
    expect(attempts).toMatchObject([
      {
        provider: 'one',
        status: 403,
        vendor_message: 'Your organization must be verified to use this',
        vendor_request_id: 'req_one',
      },
      { provider: 'two', status: 500, vendor_request_id: 'req_two' },
    ]);
    const words = String(attempts[1]?.['vendor_message']);
    expect(words).toMatch(/^CUDA error: out of memory for \[redacted\] x+$/);
    expect(words).toHaveLength(500);
    expect(gateway.logs.matching({ message: 'attempt failed', vendor_request_id: 'req_two' })).toMatchObject([
      { message: { provider: 'two', vendor_message: words } },
    ]);
    expect(JSON.stringify(gateway.logs.matching({}))).not.toContain(VENDOR_KEY);
  });

  test('is told of an error that came inside a stream', async () => {
    one.behave('error-2', { times: 1 });
    await postStream(
      `${gateway.url}/v1/chat/completions`,
      { messages: MESSAGES, stream: true },
      { 'x-request-id': 'why-2' },
    );
    const row = await rowOf('why-2');
    expect(row).toMatchObject({ status: 200, end_reason: 'cut' });
    expect(row.attempts).toMatchObject([{ provider: 'one', vendor_message: expect.any(String) as string }]);
  });

  test.each([
    ['/v1/chat', 503],
    ['/v1/chat/completions', 502],
    ['/v1/messages', 502],
  ])('the status of record, log line and metric is the caller’s, on %s', async (path, status) => {
    one.behave('status-500');
    two.behave('status-500');
    const requestId = `status-${String(status)}${path.replaceAll('/', '-')}`;
    expect((await ask(path, requestId)).status).toBe(status);
    expect(await rowOf(requestId)).toMatchObject({ status, end_reason: 'vendor_error' });
    expect(gateway.logs.matching({ request_id: requestId, status })).not.toHaveLength(0);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`sluice_requests_total\\{[^}]*status="${String(status)}"[^}]*\\} 1`));
  });

  test('a request for which everybody rested says who and until when, and is found by each of them', async () => {
    one.behave('status-429;retry-after=300');
    two.behave('status-503;retry-after=200');
    await ask('/v1/chat/completions', 'rest-0');
    const before = clock.now();
    expect((await ask('/v1/chat/completions', 'rest-1')).status).toBe(503);
    const row = await rowOf('rest-1');
    expect(row).toMatchObject({ status: 503, provider: null, attempts: [] });
    expect(row.considered).toEqual([
      { provider: 'one', model: 'small', reason: '429 rate limit', until: expect.any(String) as string },
      {
        provider: 'two',
        model: 'small',
        reason: '503 Service Unavailable',
        until: expect.any(String) as string,
      },
    ]);
    const until = Date.parse(String(row.considered[0]?.['until']));
    expect(until).toBeGreaterThan(before + 290_000);
    expect(until).toBeLessThanOrEqual(before + 300_000);
    for (const provider of ['one', 'two']) {
      const { data } = (await admin(`requests?provider=${provider}&status=503`)) as { data: Logged[] };
      expect(data.map(({ request_id: id }) => id)).toContain('rest-1');
    }
    expect(await admin('requests?provider=on')).toMatchObject({ data: [] });
    expect(await admin('requests?provider=on_')).toMatchObject({ data: [] });
    expect(await admin('requests?provider=ONE')).toMatchObject({ data: [] });
    const line = gateway.logs.matching({ request_id: 'rest-1', status: 503 });
    expect(line).toMatchObject([{ message: { considered: [{ provider: 'one' }, { provider: 'two' }] } }]);
  });

  test('health and the targets of the admin API say the same word for the same state', async () => {
    const wordsOf = async () => {
      const health = (await getJson(`${gateway.url}/health`)).body as {
        details: Record<string, { status: string; reason: string | null }>;
      };
      const { data } = (await admin('targets')) as {
        data: { provider: string; state: string; reason: string | null }[];
      };
      for (const { provider, state, reason } of data) {
        expect([provider, state, reason]).toEqual([
          provider,
          health.details[provider]?.status,
          health.details[provider]?.reason,
        ]);
      }
      return data.map(({ state }) => state);
    };
    expect(await wordsOf()).toEqual(['up', 'up']);
    one.behave('status-503', { times: 1 });
    await ask('/v1/chat/completions', 'words');
    expect(await wordsOf()).toEqual(['down', 'up']);
    await postJson(`${gateway.url}/admin/targets/two/disable`, {}, AUTHORIZATION);
    expect(await wordsOf()).toEqual(['down', 'down']);
    const { data } = (await admin('targets')) as { data: unknown[] };
    expect(data).toMatchObject([
      { reason_code: 'cooldown', models: [{ state: 'down' }], keys: [{ state: 'down' }] },
      { reason_code: 'disabled', until: null },
    ]);
  });
});

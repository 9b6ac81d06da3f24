import type { Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, type JsonAnswer } from '../support/http.js';
import { startGateway, type GatewayOptions, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const PUBLIC_PATHS = ['/health', '/health/live', '/health/ready', '/docs', '/docs-json'];
const HELP = /No gateway key is configured.*GATEWAY_API_KEYS=name:secret.*auth\.keys.*auth\.mode: open/;

/** An address of this machine that is not loopback, where it has one. */
const otherAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe('access', () => {
  let vendor: Simulator;
  const running: RunningGateway[] = [];

  async function start(
    options: { auth?: string } & Pick<GatewayOptions, 'environment'> = {},
  ): Promise<RunningGateway> {
    const gateway = await startGateway({
      ...(options.environment === undefined ? {} : { environment: options.environment }),
      yaml: `
${options.auth ?? ''}
providers:
  - name: openai
    vendor: openai
    base_url: "${vendor.url}/v1"
    api_keys: [vendor-key]
    models: [gpt-4o-mini, gpt-4o]
  - { name: backup, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key], model: gpt-4o }
`,
    });
    running.push(gateway);
    return gateway;
  }

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.close()));
    await vendor.clear();
  });

  afterAll(() => vendor.close());

  describe('with no gateway key configured', () => {
    test('a caller on the same machine is served', async () => {
      const { url } = await start();
      expect((await postJson(`${url}/v1/chat`, QUESTION)).status).toBe(200);
    });

    test('a key that such a caller sends all the same does no harm', async () => {
      const { url } = await start();
      const { status } = await postJson(`${url}/v1/chat`, QUESTION, { authorization: 'Bearer anything' });
      expect(status).toBe(200);
    });

    test.each([
      { 'x-forwarded-for': '203.0.113.7' },
      { 'x-forwarded-for': '127.0.0.1' },
      { forwarded: 'for=203.0.113.7' },
      { 'sec-fetch-site': 'cross-site' },
    ])('a request with %j is refused with what to do', async (headers: Record<string, string>) => {
      const { url } = await start();
      const simple = await postJson(`${url}/v1/chat`, QUESTION, headers);
      expect(simple.status).toBe(403);
      expect(simple.body).toEqual({ error: expect.stringMatching(HELP) as string, details: [] });
      const openai = await postJson(`${url}/v1/chat/completions`, QUESTION, headers);
      expect(openai.status).toBe(403);
      expect(openai.body).toEqual({
        error: {
          message: expect.stringMatching(HELP) as string,
          type: 'permission_error',
          param: null,
          code: 'loopback_only',
        },
      });
      expect((await getJson(`${url}/v1/models`, headers)).status).toBe(403);
      expect(vendor.requests).toHaveLength(0);
    });

    test.skipIf(otherAddress === undefined)('a caller from another address is refused', async () => {
      const gateway = await start();
      const { server, url } = await listenOn(gateway, otherAddress!);
      try {
        const answer = await postJson(`${url}/v1/chat`, QUESTION);
        expect(answer.status).toBe(403);
        expect(answer.body).toEqual({ error: expect.stringMatching(HELP) as string, details: [] });
        for (const path of PUBLIC_PATHS) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
      } finally {
        server.close();
      }
    });

    test('health and docs are served to everyone', async () => {
      const { url } = await start();
      for (const path of PUBLIC_PATHS) {
        const response = await fetch(`${url}${path}`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
        expect(response.status, path).toBe(200);
      }
    });
  });

  describe('with gateway keys', () => {
    const environment = { GATEWAY_API_KEYS: 'team-a:secret-of-a,team-b:secret:of:b' };
    const auth = 'auth: { keys: [{ name: team-c, key: secret-of-c }] }';

    test.each(['secret-of-a', 'secret:of:b', 'secret-of-c'])(
      'the key %s of the environment or the file is let in by each of the three headers',
      async (key) => {
        const { url } = await start({ environment, auth });
        const presented: Record<string, string>[] = [
          { authorization: `Bearer ${key}` },
          { authorization: `bearer ${key}` },
          { 'x-api-key': key },
          { 'api-key': key },
        ];
        for (const headers of presented) {
          expect((await postJson(`${url}/v1/chat`, QUESTION, headers)).status).toBe(200);
          expect((await getJson(`${url}/v1/models`, headers)).status).toBe(200);
        }
      },
    );

    test("a caller's key never goes on to the vendor", async () => {
      const { url } = await start({ environment });
      await postJson(`${url}/v1/chat`, QUESTION, {
        authorization: 'Bearer secret-of-a',
        'x-api-key': 'secret-of-a',
        'api-key': 'secret-of-a',
      });
      const [request] = vendor.requests;
      expect(request?.key).toBe('vendor-key');
      expect(JSON.stringify(request?.headers)).not.toContain('secret-of-a');
    });

    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer nobody' },
      { authorization: 'secret-of-a' },
      { authorization: 'Basic c2VjcmV0LW9mLWE=' },
      { 'x-api-key': 'secret-of-' },
      { 'api-key': '' },
      { 'x-api-key': 'vendor-key' },
    ];

    test.each(wrong)('%j is 401 in the format of each path', async (headers) => {
      const { url } = await start({ environment });
      const simple = await postJson(`${url}/v1/chat`, QUESTION, headers);
      expect(simple.status).toBe(401);
      expect(simple.body).toEqual({ error: expect.stringMatching(/API key/) as string, details: [] });
      const expected = {
        error: {
          message: expect.stringMatching(/API key/) as string,
          type: 'authentication_error',
          param: null,
          code: 'invalid_api_key',
        },
      };
      const openai = await postJson(`${url}/v1/chat/completions`, QUESTION, headers);
      expect(openai.status).toBe(401);
      expect(openai.body).toEqual(expected);
      expect((await getJson(`${url}/v1/models`, headers)).body).toEqual(expected);
      const anthropic = await getJson(`${url}/v1/models`, { ...headers, 'anthropic-version': '2023-06-01' });
      expect(anthropic.status).toBe(401);
      expect(anthropic.body).toEqual({
        type: 'error',
        error: { type: 'authentication_error', message: expect.stringMatching(/API key/) as string },
        request_id: anthropic.headers.get('x-request-id'),
      });
      expect(vendor.requests).toHaveLength(0);
    });

    test('a message about a missing key says how to send one', async () => {
      const { url } = await start({ environment });
      const { body } = await postJson(`${url}/v1/chat`, QUESTION);
      expect(body).toMatchObject({ error: expect.stringContaining('Authorization: Bearer KEY') as string });
    });

    test('being on the same machine is not enough any more', async () => {
      const { url } = await start({ environment });
      expect((await postJson(`${url}/v1/chat`, QUESTION)).status).toBe(401);
    });

    test('a key is good from any address', async () => {
      const { url } = await start({ environment });
      const headers = { 'x-forwarded-for': '203.0.113.7', authorization: 'Bearer secret-of-a' };
      expect((await postJson(`${url}/v1/chat`, QUESTION, headers)).status).toBe(200);
    });

    test('health and docs need no key', async () => {
      const { url } = await start({ environment });
      for (const path of PUBLIC_PATHS) expect((await fetch(`${url}${path}`)).status, path).toBe(200);
    });
  });

  describe('auth.mode: open', () => {
    test('serves everyone, with and without a key', async () => {
      const { url } = await start({ auth: 'auth: { mode: open }' });
      const far = { 'x-forwarded-for': '203.0.113.7' };
      expect((await postJson(`${url}/v1/chat`, QUESTION, far)).status).toBe(200);
      const { status } = await postJson(`${url}/v1/chat`, QUESTION, { ...far, 'x-api-key': 'anything' });
      expect(status).toBe(200);
    });

    test('a known key keeps its own limits', async () => {
      const { url } = await start({
        auth: 'auth: { mode: open, keys: [{ name: limited, key: limited-key, models: [gpt-4o] }] }',
      });
      const asking = (headers: Record<string, string>) =>
        postJson(`${url}/v1/chat`, { ...QUESTION, model: 'gpt-4o-mini' }, headers);
      expect((await asking({ 'x-api-key': 'limited-key' })).status).toBe(403);
      expect((await asking({})).status).toBe(200);
    });
  });

  describe('the model patterns of a key', () => {
    const auth = `
auth:
  keys:
    - { name: bare, key: bare-key, models: [gpt-4o] }
    - { name: of-provider, key: provider-key, models: ["backup/*"] }
    - { name: wild, key: wild-key, models: ["gpt-4o-*"] }
    - { name: of-route, key: route-key, models: [auto] }
`;
    const cases: [key: string, model: string | undefined, status: number][] = [
      ['bare-key', 'gpt-4o', 200],
      ['bare-key', 'openai/gpt-4o', 200],
      ['bare-key', 'gpt-4o-mini', 403],
      ['bare-key', 'openai/gpt-4o-mini', 403],
      ['provider-key', 'backup/gpt-4o', 200],
      ['provider-key', 'openai/gpt-4o', 403],
      ['wild-key', 'gpt-4o-mini', 200],
      ['wild-key', 'gpt-4o', 403],
      ['route-key', undefined, 200],
      ['route-key', 'auto', 200],
      ['route-key', 'gpt-4o', 403],
    ];

    test.each(cases)('%s asking for %s gets %i', async (key, model, status) => {
      const { url } = await start({ auth });
      const ask = (path: string): Promise<JsonAnswer> =>
        postJson(`${url}${path}`, { ...QUESTION, model }, { authorization: `Bearer ${key}` });
      const simple = await ask('/v1/chat');
      const openai = await ask('/v1/chat/completions');
      expect([simple.status, openai.status]).toEqual([status, status]);
      if (status !== 403) return;
      expect(simple.body).toMatchObject({
        error: expect.stringContaining('may not use the model') as string,
      });
      expect(openai.body).toMatchObject({
        error: { type: 'permission_error', code: 'model_not_allowed', param: 'model' },
      });
      expect(vendor.requests).toHaveLength(0);
    });

    test('a route is narrowed to the targets that the key may use', async () => {
      const { url } = await start({ auth });
      const { status, headers } = await postJson(`${url}/v1/chat`, QUESTION, { 'x-api-key': 'provider-key' });
      expect(status).toBe(200);
      expect(headers.get('x-sluice-provider')).toBe('backup');
    });

    test('a pinned provider does not go round them', async () => {
      const { url } = await start({ auth });
      const { status } = await postJson(
        `${url}/v1/chat`,
        { ...QUESTION, provider: 'openai', model: 'gpt-4o' },
        { 'x-api-key': 'provider-key' },
      );
      expect(status).toBe(403);
      expect(vendor.requests).toHaveLength(0);
    });

    test('the model list shows what the key may use and nothing else', async () => {
      const { url } = await start({ auth });
      const idsFor = async (key: string): Promise<unknown> => {
        const { body } = await getJson(`${url}/v1/models`, { 'x-api-key': key });
        return (body as { data: { id: string }[] }).data.map(({ id }) => id);
      };
      expect(await idsFor('bare-key')).toEqual(['openai/gpt-4o', 'backup/gpt-4o']);
      expect(await idsFor('provider-key')).toEqual(['backup/gpt-4o']);
      expect(await idsFor('route-key')).toEqual(['auto']);
    });
  });
});

/** Serves the same application on another address of this machine. */
async function listenOn(gateway: RunningGateway, address: string): Promise<{ server: Server; url: string }> {
  const served: HttpServer = gateway.app.getHttpServer();
  const server = createServer({ allowHalfOpen: true }, (socket) => served.emit('connection', socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  return { server, url: `http://${address}:${String((server.address() as AddressInfo).port)}` };
}

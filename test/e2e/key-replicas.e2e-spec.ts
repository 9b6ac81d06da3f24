import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SystemClock, type Clock } from '../../src/common/clock.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { AdminClient } from '../support/admin-client.js';
import { postJson, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { PostgresServer } from '../support/postgres-server.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ADMIN_KEY = 'admin-key-for-tests';
const QUESTION = { model: 'gpt-4o-mini', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
/** Other processes hear within a second; loaded machines add theirs. */
const SOON = { timeout: 10_000, interval: 10 };

interface Replica {
  readonly gateway: RunningGateway;
  readonly admin: AdminClient;
  /** The status of a request with this secret. */
  ask(secret?: string): Promise<number>;
}

describe('gateway keys of several replicas', () => {
  let vendor: Simulator;
  const running: RunningGateway[] = [];

  async function start(
    environment: Record<string, string>,
    clock: Clock = new SystemClock(),
  ): Promise<Replica> {
    const gateway = await startGateway({
      clock,
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY, ...environment },
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]`,
    });
    running.push(gateway);
    return {
      gateway,
      admin: new AdminClient(gateway.url, ADMIN_KEY),
      ask: async (secret) => (await chat(gateway, secret)).status,
    };
  }

  function chat(
    gateway: RunningGateway,
    secret?: string,
    path = '/v1/chat/completions',
  ): Promise<JsonAnswer> {
    const headers = secret === undefined ? {} : { 'x-api-key': secret };
    return postJson(`${gateway.url}${path}`, QUESTION, headers);
  }

  const soon = (replica: Replica, secret: string | undefined, status: number): Promise<void> =>
    vi.waitFor(async () => {
      expect(await replica.ask(secret)).toBe(status);
    }, SOON);

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.close()));
  });

  afterAll(() => vendor.close());

  describe('on one PostgreSQL', () => {
    let server: PostgresServer;
    let url: string;

    beforeAll(async () => {
      server = await PostgresServer.start();
    }, 60_000);

    beforeEach(async () => {
      url = await server.createDatabase();
    });

    afterAll(() => server.dispose());

    test('a key made on one works on the other, and a change or its end there is one here', async () => {
      const [one, two] = [await start({ DATABASE_URL: url }), await start({ DATABASE_URL: url })];
      const { id, key } = await one.admin.makeKey({ name: 'team' });
      expect(await one.ask(key)).toBe(200);
      await soon(two, undefined, 401);
      expect(await two.ask(key)).toBe(200);
      await two.admin.call('PATCH', `keys/${id}`, { models: ['nothing'] });
      expect(await two.ask(key)).toBe(403);
      await soon(one, key, 403);
      await one.admin.call('PATCH', `keys/${id}`, { models: null });
      await soon(two, key, 200);
      await two.admin.call('DELETE', `keys/${id}`);
      expect(await two.ask(key)).toBe(401);
      await soon(one, key, 401);
      expect((await two.admin.call('POST', 'keys', { name: 'team' })).status).toBe(201);
    });

    test('only one of them makes a key of a name', async () => {
      const replicas = [await start({ DATABASE_URL: url }), await start({ DATABASE_URL: url })];
      const answers = await Promise.all(
        [...replicas, ...replicas].map(({ admin }) => admin.call('POST', 'keys', { name: 'team' })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    });

    test('while it is away the keys that are known go on, and what happens later is heard of', async () => {
      const [one, two] = [await start({ DATABASE_URL: url }), await start({ DATABASE_URL: url })];
      const { id, key } = await one.admin.makeKey({ name: 'known' });
      // Before it has heard of any key, a caller on this machine needs none and every secret is as good.
      await soon(two, undefined, 401);
      expect(await two.ask(key)).toBe(200);
      await server.stop();
      try {
        for (const replica of [one, two]) {
          expect(await replica.ask(key)).toBe(200);
          expect(await replica.ask('sk-sluice-unknown')).toBe(401);
          expect(await replica.ask()).toBe(401);
        }
        for (const [method, path, body] of [
          ['GET', 'keys', undefined],
          ['GET', `keys/${id}`, undefined],
          ['POST', 'keys', { name: 'new' }],
          ['PATCH', `keys/${id}`, { models: ['*'] }],
          ['POST', `keys/${id}/rotate`, {}],
          ['DELETE', `keys/${id}`, undefined],
        ] as const) {
          const answer = await one.admin.call(method, path, body);
          expect(answer.status, `${method} ${path}`).toBe(503);
          expect(answer.headers.get('retry-after')).toBe('1');
          expect(answer.body).toMatchObject({ error: { code: 'key_store_unavailable' } });
        }
      } finally {
        await server.start();
      }
      await vi.waitFor(async () => {
        expect((await one.admin.call('POST', 'keys', { name: 'later' })).status).toBe(201);
      }, SOON);
      await vi.waitFor(async () => {
        expect((await one.admin.call('DELETE', `keys/${id}`)).status).toBe(200);
      }, SOON);
      await soon(two, key, 401);
      expect(await one.ask(key)).toBe(401);
    });

    test('a process that starts while it is away tells nobody that a key is wrong', async () => {
      const made = await start({ DATABASE_URL: url });
      const { key } = await made.admin.makeKey({ name: 'early' });
      await server.stop();
      let plain: Replica;
      let configured: Replica;
      try {
        plain = await start({ DATABASE_URL: url });
        configured = await start({ DATABASE_URL: url, GATEWAY_API_KEYS: 'static:secret-of-static' });
        expect(await configured.ask('secret-of-static')).toBe(200);
        expect(await configured.ask()).toBe(401);
        for (const { gateway } of [plain, configured]) {
          const openai = await chat(gateway, key);
          expect(openai.status).toBe(503);
          expect(openai.headers.get('retry-after')).toBe('1');
          expect(openai.body).toMatchObject({
            error: { type: 'server_error', code: 'key_store_unavailable' },
          });
          const anthropic = await chat(gateway, key, '/v1/messages');
          expect(anthropic.status).toBe(503);
          expect(anthropic.body).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
        }
        // Whether callers on this machine need a key is not known yet.
        expect(await plain.ask()).toBe(503);
      } finally {
        await server.start();
      }
      await soon(plain, key, 200);
      await soon(configured, key, 200);
      expect(await plain.ask()).toBe(401);
      expect(await plain.ask('sk-sluice-unknown')).toBe(401);
    });
  });

  describe('on one SQLite file', () => {
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
    });

    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    test('a key made on one works on the other at its next look, and ends there likewise', async () => {
      const clock = new ManualClock();
      const environment = { DATABASE_URL: `sqlite:${join(folder, 'shared.db')}` };
      const [one, two] = [await start(environment, clock), await start(environment, clock)];
      const { id, key } = await one.admin.makeKey({ name: 'team' });
      expect(await one.ask(key)).toBe(200);
      clock.advance(500);
      await soon(two, undefined, 401);
      expect(await two.ask(key)).toBe(200);
      await two.admin.call('DELETE', `keys/${id}`);
      expect(await two.ask(key)).toBe(401);
      clock.advance(500);
      await soon(one, key, 401);
    });

    test('keys are there after a restart', async () => {
      const environment = { DATABASE_URL: `sqlite:${join(folder, 'restart.db')}` };
      const one = await start(environment);
      const { key } = await one.admin.makeKey({ name: 'team' });
      await one.gateway.close();
      running.length = 0;
      const again = await start(environment);
      expect(await again.ask(key)).toBe(200);
      expect(await again.ask()).toBe(401);
    });
  });
});

describeWithRedis('gateway keys of two replicas with Redis', () => {
  test('reach the other at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
    const redis = await RedisServer.start();
    const vendor = await startSimulator({ format: 'openai' });
    // Nobody moves this clock: what the other hears does not come from looking at the file.
    const clock = new ManualClock();
    const options = {
      clock,
      environment: {
        GATEWAY_ADMIN_KEY: ADMIN_KEY,
        REDIS_URL: redis.url,
        DATABASE_URL: `sqlite:${join(folder, 'shared.db')}`,
      },
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]`,
    };
    const [one, two] = [await startGateway(options), await startGateway(options)];
    try {
      const admin = new AdminClient(one.url, ADMIN_KEY);
      const ask = async (secret: string): Promise<number> =>
        (await postJson(`${two.url}/v1/chat`, QUESTION, { 'x-api-key': secret })).status;
      // Until Redis is connected, nobody hears of anything.
      const { id, key } = await vi.waitFor(async () => {
        const made = await admin.makeKey({ name: `team-${String(performance.now())}` });
        await vi.waitFor(async () => {
          expect(await ask('sk-sluice-unknown')).toBe(401);
          expect(await ask(made.key)).toBe(200);
        }, 500);
        return made;
      }, SOON);
      await admin.call('DELETE', `keys/${id}`);
      await vi.waitFor(async () => {
        expect(await ask(key)).toBe(401);
      }, SOON);
    } finally {
      await Promise.all([one.close(), two.close()]);
      await Promise.all([redis.dispose(), vendor.close()]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

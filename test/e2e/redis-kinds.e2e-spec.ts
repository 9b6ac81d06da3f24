import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SystemClock, type ClockTimer } from '../../src/common/clock.js';
import { RestBook } from '../../src/routing/rest-book.js';
import { RedisConnection } from '../../src/storage/redis-connection.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { freePort } from '../support/free-port.js';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson } from '../support/http.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { RedisSentinel } from '../support/redis-sentinel.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ADMIN_KEY = 'admin-key-of-the-test';
const SOON = { timeout: 40_000, interval: 20 };
const LIMIT = 20;
const REDIS_BUDGET_MS = 50;
const PATIENCE_MS = 1_000;

/** A busy machine may be slower than Redis is allowed to be: here nothing is given up for that. */
class PatientClock extends SystemClock {
  override startTimer(milliseconds: number, onTime: () => void): ClockTimer {
    return super.startTimer(milliseconds === REDIS_BUDGET_MS ? PATIENCE_MS : milliseconds, onTime);
  }
}

describeWithRedis('Redis as companies have it', () => {
  let vendor: Simulator;
  let keys = 0;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
  });

  afterAll(() => vendor.close());

  /** Gateway keys of names that hash to different slots. */
  const NAMES = Array.from({ length: 8 }, (_, index) => `team-${String(index)}`);

  const yaml = () => `
auth:
  keys:
${NAMES.map((name) => `    - { name: ${name}, key: secret-of-${name}, requests_per_minute: ${String(LIMIT)}, budget_usd: 100 }`).join('\n')}
providers:
  - { name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [k1], model: gpt-4o-mini }
cache: { mode: always }
`;

  async function start(redisUrl: string): Promise<RunningGateway> {
    const gateway = await startGateway({
      clock: new PatientClock(),
      environment: { REDIS_URL: redisUrl, GATEWAY_ADMIN_KEY: ADMIN_KEY },
      yaml: yaml(),
    });
    onTestFinished(() => gateway.close());
    return gateway;
  }

  const startTwo = async (redisUrl: string): Promise<readonly [RunningGateway, RunningGateway]> => [
    await start(redisUrl),
    await start(redisUrl),
  ];

  const redis = (gateway: RunningGateway) => gateway.app.get(RedisConnection, { strict: false });
  const health = async (gateway: RunningGateway): Promise<{ status: string; reason: string | null }> => {
    const { body } = await getJson(`${gateway.url}/health`);
    return (body as { details: { redis: { status: string; reason: string | null } } }).details.redis;
  };
  const becomes = (status: string, ...gateways: readonly RunningGateway[]): Promise<void> =>
    vi.waitFor(async () => {
      for (const gateway of gateways) expect(await health(gateway)).toMatchObject({ status });
    }, SOON);
  const metric = async (gateway: RunningGateway, name: string): Promise<string | undefined> => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    return text
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.split(' ')
      .at(-1);
  };

  /** How many of 40 requests of one key pass, over all gateways. Each asks something else, so that none is cached. */
  async function passing(gateways: readonly RunningGateway[], name: string): Promise<number> {
    const answers = await Promise.all(
      Array.from({ length: 2 * LIMIT }, (_, index) =>
        postJson(
          `${gateways[index % gateways.length]!.url}/v1/chat/completions`,
          { model: 'gpt-4o-mini', messages: [{ role: 'user', content: `question ${String(++keys)}` }] },
          { authorization: `Bearer secret-of-${name}` },
        ),
      ),
    );
    return answers.filter(({ status }) => status === 200).length;
  }

  async function expectSharing(one: RunningGateway, two: RunningGateway): Promise<void> {
    for (const name of NAMES) expect(await passing([one, two], name), name).toBe(LIMIT);
    const turned = await postJson(
      `${one.url}/admin/targets/openai/disable`,
      {},
      { authorization: `Bearer ${ADMIN_KEY}` },
    );
    expect(turned.status).toBe(200);
    await vi.waitFor(() => {
      const entries = two.app.get(RestBook, { strict: false }).entries();
      expect([...entries.keys()]).toEqual(['openai']);
    }, SOON);
    await postJson(`${one.url}/admin/targets/openai/enable`, {}, { authorization: `Bearer ${ADMIN_KEY}` });
  }

  describe('a cluster', () => {
    test('shares everything: of 40 requests over two gateways exactly the 20 of the limit pass', async () => {
      const cluster = await RedisCluster.start();
      onTestFinished(() => cluster.dispose());
      const [one, two] = await startTwo(cluster.url);
      await becomes('up', one, two);
      await expectSharing(one, two);
      // Each primary has had its part of it.
      for (const server of cluster.primaries) expect(server.command('keys', '*limits:{*}*')).not.toBe('');
      expect(await metric(one, 'sluice_redis_up')).toBe('1');
    }, 120_000);

    test('keeps cached answers, and forgets them everywhere at once', async () => {
      const cluster = await RedisCluster.start();
      onTestFinished(() => cluster.dispose());
      const [one, two] = await startTwo(cluster.url);
      await becomes('up', one, two);
      const ask = async (gateway: RunningGateway, question: string): Promise<string | null> => {
        const answer = await postJson(
          `${gateway.url}/v1/chat/completions`,
          { model: 'gpt-4o-mini', messages: [{ role: 'user', content: question }], temperature: 0 },
          { authorization: 'Bearer secret-of-team-0' },
        );
        return answer.headers.get('x-sluice-cache');
      };
      const questions = ['one', 'two', 'three', 'four'];
      for (const question of questions) expect(await ask(one, question)).toBe('miss');
      for (const question of questions)
        await vi.waitFor(async () => expect(await ask(two, question)).toBe('hit'));
      const cleared = await fetch(`${one.url}/admin/cache`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${ADMIN_KEY}` },
      });
      expect(cleared.ok).toBe(true);
      await vi.waitFor(async () => expect(await ask(two, 'one')).toBe('miss'));
      await vi.waitFor(() => {
        for (const server of cluster.primaries) {
          const kept = server.command('keys', '*cache:*').split('\n');
          expect(kept.filter((name) => name !== '' && !name.endsWith(':probe')).length).toBeLessThanOrEqual(
            1,
          );
        }
      }, SOON);
    }, 120_000);

    test('of which a primary is lost: each goes by its own books until a replica has taken its place', async () => {
      const cluster = await RedisCluster.start(1);
      onTestFinished(() => cluster.dispose());
      const [one, two] = await startTwo(cluster.url);
      await becomes('up', one, two);
      await cluster.primaries[1]!.kill();
      await becomes('down', one, two);
      // Nobody is refused for it.
      expect(await passing([one], 'team-0')).toBe(LIMIT);
      await becomes('up', one, two);
      for (const name of NAMES.slice(1)) expect(await passing([one, two], name), name).toBe(LIMIT);
    }, 120_000);

    test('that was named like a single server is said to be one', async () => {
      const cluster = await RedisCluster.start();
      onTestFinished(() => cluster.dispose());
      const gateway = await start(cluster.primaries[0]!.url);
      await becomes('degraded', gateway);
      expect((await health(gateway)).reason).toContain('redis+cluster://');
      expect(redis(gateway).isUsable).toBe(false);
      expect(await metric(gateway, 'sluice_redis_up')).toBe('0');
      expect(await passing([gateway], 'team-0')).toBe(LIMIT);
    }, 120_000);

    test('is none: a single server named as one', async () => {
      const server = await RedisServer.start();
      onTestFinished(() => server.dispose());
      const gateway = await start(server.url.replace('redis://', 'redis+cluster://'));
      await vi.waitFor(async () => {
        const { status, reason } = await health(gateway);
        expect(status).not.toBe('up');
        expect(reason).toContain('cluster support disabled');
      }, SOON);
    });
  });

  describe('sentinels', () => {
    test('lead to the primary, and to the next one after a failover', async () => {
      const sentinel = await RedisSentinel.start();
      onTestFinished(() => sentinel.dispose());
      const [one, two] = await startTwo(sentinel.url);
      await becomes('up', one, two);
      expect(await passing([one, two], 'team-0')).toBe(LIMIT);
      await sentinel.primary.kill();
      await becomes('down', one, two);
      await becomes('up', one, two);
      for (const name of NAMES.slice(1)) expect(await passing([one, two], name), name).toBe(LIMIT);
      expect(sentinel.replica.command('keys', '*limits:{*}*')).not.toBe('');
    }, 120_000);
  });

  describe('a server that refuses', () => {
    const PERMITTED = ['~*', '&*', '+@all'];
    const cases: readonly (readonly [string, readonly string[], string, string])[] = [
      ['scripts', [...PERMITTED, '-@scripting'], 'limits and budgets are not shared', 'limits'],
      ['commands within scripts', [...PERMITTED, '-time'], 'limits and budgets are not shared', 'limits'],
      ['channels', ['~*', 'resetchannels', '+@all'], 'changes of keys are not shared', 'peers'],
      ['hashes', [...PERMITTED, '-hgetall'], 'changes of keys are not shared', 'peers'],
      ['values', [...PERMITTED, '-mget'], 'cached answers are not shared', 'cache'],
    ];

    test.each(cases)(
      '%s: what needs them is not shared, and that is said',
      async (_name, rules, words, part) => {
        const server = await RedisServer.start();
        onTestFinished(() => server.dispose());
        server.command('acl', 'setuser', 'sluice', 'on', '>word-of-sluice', ...rules);
        const gateway = await start(server.url.replace('redis://', 'redis://sluice:word-of-sluice@'));
        await becomes('degraded', gateway);
        const { reason } = await health(gateway);
        expect(reason).toContain(words);
        expect(reason).toMatch(/NOPERM|can.t run this command/);
        expect(await metric(gateway, 'sluice_redis_up')).toBe('0');
        const shared = redis(gateway).shared.filter(({ isShared }) => isShared);
        expect(shared.map(({ name }) => name).sort()).toEqual(
          ['cache', 'limits', 'peers'].filter((name) => name !== part),
        );
        // Whoever has limits is kept to them all the same, by this process alone.
        expect(await passing([gateway], 'team-0')).toBe(LIMIT);
        await becomes('degraded', gateway);
        // The right is given later.
        server.command('acl', 'setuser', 'sluice', ...PERMITTED);
        await becomes('up', gateway);
      },
      40_000,
    );

    test('a command that it does not know, as some proxies do', async () => {
      const server = await RedisServer.start([
        '--rename-command',
        'EVALSHA',
        '',
        '--rename-command',
        'EVAL',
        '',
      ]);
      onTestFinished(() => server.dispose());
      const [one, two] = await startTwo(server.url);
      await becomes('degraded', one, two);
      expect((await health(one)).reason).toContain('unknown command');
      // Not shared, and not silently.
      expect(await passing([one, two], 'team-1')).toBe(2 * LIMIT);
      await becomes('degraded', one, two);
    });
  });

  describe('a server that speaks TLS', () => {
    test('is believed with the certificate that NODE_EXTRA_CA_CERTS names, and nobody sees its password', async () => {
      const main = await buildGateway();
      const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
      const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
      execFileSync(
        'openssl',
        [
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:prime256v1',
            '-nodes',
            '-days',
            '2',
          ],
          ...['-subj', '/CN=redis', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
          ...['-keyout', key, '-out', certificate],
        ],
        { stdio: 'pipe' },
      );
      const port = await freePort();
      const tls = ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key];
      const server = await RedisServer.start([
        ...tls,
        ...[
          '--tls-ca-cert-file',
          certificate,
          '--tls-auth-clients',
          'no',
          '--requirepass',
          'word-of-the-server',
        ],
      ]);
      onTestFinished(async () => {
        await server.dispose();
        rmSync(folder, { recursive: true, force: true });
      });
      const environment = { REDIS_URL: `rediss://:word-of-the-server@localhost:${String(port)}` };
      const trusting = new GatewayProcess({
        main,
        yaml: yaml(),
        environment: { ...environment, NODE_EXTRA_CA_CERTS: certificate },
      });
      const suspicious = new GatewayProcess({ main, yaml: yaml(), environment });
      onTestFinished(async () => {
        await trusting.dispose();
        await suspicious.dispose();
      });
      await Promise.all([trusting.listening(), suspicious.listening()]);
      const seen = async ({ url }: GatewayProcess): Promise<object> => {
        const { body } = await getJson(`${url}/health`);
        return (body as { details: { redis: object } }).details.redis;
      };
      await vi.waitFor(async () => {
        expect(await seen(trusting)).toMatchObject({ status: 'up' });
        expect(await seen(suspicious)).toMatchObject({
          status: 'down',
          reason: expect.stringContaining('certificate') as string,
        });
      }, SOON);
      for (const { output } of [trusting, suspicious]) expect(output).not.toContain('word-of-the-server');
    }, 120_000);
  });

  test.each([
    ['redis://a:6379,b:6379', 'redis+cluster://'],
    ['redis+sentinel://:word-of-mine@a:26379', 'name of the master'],
  ])(
    'an address that cannot be read stops the start: %s',
    async (url, words) => {
      const gateway = new GatewayProcess({
        main: await buildGateway(),
        yaml: yaml(),
        environment: { REDIS_URL: url },
      });
      onTestFinished(() => gateway.dispose());
      expect(await gateway.exited).toBe(1);
      expect(gateway.output).toContain('REDIS_URL');
      expect(gateway.output).toContain(words);
      expect(gateway.output).not.toContain('word-of-mine');
    },
    120_000,
  );
});

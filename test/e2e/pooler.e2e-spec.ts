import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { openKysely } from '../../src/storage/open-kysely.js';
import { Database } from '../../src/storage/database.js';
import { LogRetention } from '../../src/usage/log-retention.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { AdminClient } from '../support/admin-client.js';
import { getJson, postJson } from '../support/http.js';
import { describeWithPgBouncer, PgBouncer } from '../support/pgbouncer.js';
import { PostgresServer } from '../support/postgres-server.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ADMIN_KEY = 'admin-key-for-tests';
const QUESTION = { model: 'gpt-4o-mini', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
const SOON = { timeout: 15_000, interval: 20 };
const DAY_MS = 86_400_000;

interface Replica {
  readonly gateway: RunningGateway;
  readonly admin: AdminClient;
  /** The status of a request with this secret. */
  ask(secret?: string): Promise<number>;
}

describeWithPgBouncer('a PostgreSQL behind a pooler in transaction mode', () => {
  let vendor: Simulator;
  let server: PostgresServer;
  let pooler: PgBouncer;
  let direct: string;
  let url: string;
  const running: RunningGateway[] = [];

  async function start(databaseUrl = url): Promise<Replica> {
    const gateway = await startGateway({
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY, DATABASE_URL: databaseUrl },
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]`,
    });
    running.push(gateway);
    return {
      gateway,
      admin: new AdminClient(gateway.url, ADMIN_KEY),
      ask: async (secret) => {
        const headers = secret === undefined ? {} : { 'x-api-key': secret };
        return (await postJson(`${gateway.url}/v1/chat/completions`, QUESTION, headers)).status;
      },
    };
  }

  const soon = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, SOON);
  const database = (replica: Replica) => replica.gateway.app.get(Database, { strict: false });
  /** The rows of the request log, whoever wrote them. */
  const logged = async (replica: Replica): Promise<number> => {
    const { body } = await replica.admin.call('GET', 'requests');
    return (body as { data: unknown[] }).data.length;
  };

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    server = await PostgresServer.start();
    pooler = await PgBouncer.start(server.url);
  }, 60_000);

  beforeEach(async () => {
    direct = await server.createDatabase();
    url = pooler.urlOf(direct);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.close()));
  });

  afterAll(async () => {
    await pooler.dispose();
    await Promise.all([server.dispose(), vendor.close()]);
  });

  test('keeps keys, limits, the log and usage, and replicas hear of each other', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    await expect(getJson(`${one.gateway.url}/health`)).resolves.toMatchObject({
      body: { details: { database: { status: 'up', reason: null } } },
    });
    const { id, key } = await one.admin.makeKey({ name: 'team', budget_usd: 5, requests_per_minute: 100 });
    expect(await one.ask(key)).toBe(200);
    await soon(async () => {
      expect(await two.ask()).toBe(401);
      expect(await two.ask(key)).toBe(200);
    });
    await two.admin.call('PATCH', `keys/${id}`, { models: ['nothing'] });
    await soon(async () => {
      expect(await one.ask(key)).toBe(403);
    });
    await one.admin.call('DELETE', `keys/${id}`);
    await soon(async () => {
      expect(await two.ask(key)).toBe(401);
    });
    await soon(async () => {
      expect(await logged(one)).toBeGreaterThanOrEqual(2);
    });
    const usage = await two.admin.call('GET', 'usage?group_by=model');
    expect(usage.body).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ model: 'gpt-4o-mini' })]) as unknown,
    });
  });

  test('a replica that reaches the server itself and one behind the pooler hear of each other', async () => {
    const [pooled, plain] = [await start(), await start(direct)];
    const { id, key } = await pooled.admin.makeKey({ name: 'team' });
    await soon(async () => {
      expect(await plain.ask(key)).toBe(200);
      expect(await plain.ask()).toBe(401);
    });
    await plain.admin.call('DELETE', `keys/${id}`);
    await soon(async () => {
      expect(await pooled.ask(key)).toBe(401);
    });
  });

  test('is used again after the pooler was started anew', async () => {
    const one = await start();
    const { key } = await one.admin.makeKey({ name: 'team' });
    await pooler.kill();
    try {
      expect(await one.ask(key)).toBe(200);
      expect((await one.admin.call('POST', 'keys', { name: 'later' })).status).toBe(503);
      expect(database(one).report.status).toBe('down');
    } finally {
      await pooler.start();
    }
    await soon(async () => {
      expect(await logged(one)).toBe(1);
    });
    expect((await one.admin.call('POST', 'keys', { name: 'later' })).status).toBe(201);
    expect(database(one).report.status).toBe('up');
  });

  test('nothing that a statement sets reaches those who have the session after it', async () => {
    const [one, two] = await Promise.all([
      start(`${url}?statement_timeout=20000&lock_timeout=7000`),
      start(),
    ]);
    await Promise.all([one, two].map(({ gateway }) => prune(gateway)));
    // Several at once, so that every session of the pooler has its turn.
    const seen = await Promise.all(
      Array.from({ length: 3 }, () =>
        server.run(
          `select pg_sleep(0.2), current_setting('statement_timeout') as statement,
            current_setting('lock_timeout') as lock,
            (select count(*)::int from pg_listening_channels()) as channels`,
          url,
        ),
      ),
    );
    for (const [row] of seen) expect(row).toMatchObject({ statement: '0', lock: '0', channels: 0 });
    const locks = "select count(*)::int as count from pg_locks where locktype = 'advisory'";
    expect(await server.run(locks)).toEqual([{ count: 0 }]);
  });

  test('days that were kept long enough are dropped, at every run', async () => {
    const one = await start();
    for (const day of [50, 60]) {
      const at = Date.now() - day * DAY_MS;
      const from = at - (at % DAY_MS);
      const name = `request_log_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}`;
      await server.run(
        `create table ${name} partition of request_log for values from (${String(from)}) to (${String(from + DAY_MS)})`,
        direct,
      );
      await prune(one.gateway);
      const [row] = await server.run(
        "select count(*)::int as count from pg_class where relname ~ '^request_log_2' and relkind = 'r'",
        direct,
      );
      expect(row).toEqual({ count: 2 });
    }
  });

  test('several processes that start on an empty database make its schema once', async () => {
    const databases = await Promise.all([start(), start(), start()]);
    for (const replica of databases) expect(database(replica).isUsable).toBe(true);
    const db = openKysely(url, () => undefined);
    onTestFinished(() => db.destroy());
    expect(await db.selectFrom('gateway_keys').selectAll().execute()).toEqual([]);
  });

  const prune = (gateway: RunningGateway): Promise<void> =>
    gateway.app.get(LogRetention, { strict: false }).run();
});

import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { makeRecord } from '../../test/support/make-record.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { openDatabase } from '../../test/support/open-database.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { Database } from '../storage/database.js';
import { LogPartitions, listPartitions } from './log-partitions.js';
import { LogRetention } from './log-retention.js';
import { LogStore } from './log-store.js';
import { DAY_MS, HOUR_MS } from './usage-sums.js';

const NOW = Date.UTC(2026, 2, 31, 12);
const TODAY = Date.UTC(2026, 2, 31);

describeOnBothDatabases('LogRetention', (maker) => {
  async function open(url?: string) {
    const clock = new ManualClock(NOW);
    const database = await openDatabase(url ?? (await maker.create()), clock);
    const partitions = new LogPartitions(database);
    const holder = new SettingsHolder(settingsWith('30d'));
    const retention = new LogRetention(database, partitions, holder, clock);
    return { clock, database, holder, retention, store: new LogStore(database, partitions) };
  }
  const daysOf = async (
    database: Database,
    table: 'request_log' | 'request_bodies' = 'request_log',
  ): Promise<number[]> => {
    const rows = await database.run((db) => db.selectFrom(table).select('at').orderBy('at').execute());
    return rows.map(({ at }) => (at - TODAY) / DAY_MS);
  };
  const write = (store: LogStore, ...days: readonly number[]): Promise<void> =>
    store.write(
      days.map((day) => makeRecord({ at: TODAY + day * DAY_MS, bodies: { request: 'q', response: 'a' } })),
    );
  const requestsOf = async (database: Database): Promise<number> => {
    const rows = await database.run((db) => db.selectFrom('usage_hourly').select('requests').execute());
    return rows.reduce((sum, { requests }) => sum + requests, 0);
  };

  test('ends rows and bodies that were kept long enough, and keeps the sums', async () => {
    const { database, retention, store } = await open();
    await write(store, -400, -32, -31, -29, -1, 0);
    await retention.run();
    expect(await daysOf(database)).toEqual([-29, -1, 0]);
    expect(await daysOf(database, 'request_bodies')).toEqual([-29, -1, 0]);
    expect(await requestsOf(database)).toBe(6);
  });

  test('runs a moment after the start, every hour, and when the setting is changed', async () => {
    const { clock, database, holder, retention, store } = await open();
    retention.onApplicationBootstrap();
    onTestFinished(() => retention.beforeApplicationShutdown());
    await write(store, -50);
    clock.advance(10_000);
    await retention.run();
    expect(await daysOf(database)).toEqual([]);
    await write(store, -49);
    clock.advance(HOUR_MS);
    await retention.run();
    expect(await daysOf(database)).toEqual([]);
    await write(store, -20, -2);
    holder.replace(settingsWith('10d'));
    clock.advance(10_000);
    await retention.run();
    expect(await daysOf(database)).toEqual([-2]);
  });

  test('forgets after a week which requests were counted without a row', async () => {
    const { database, retention, store } = await open();
    const records = [-9, -5].map((day) => makeRecord({ at: TODAY + day * DAY_MS }));
    await store.write(records, { rows: false });
    await retention.run();
    await store.write(records, { rows: false });
    // Whoever writes after a week what was written before is counted anew.
    expect(await requestsOf(database)).toBe(3);
  });

  test('does not end the process with the database away', async () => {
    const { database, retention } = await open();
    await database.onApplicationShutdown();
    await expect(retention.run()).resolves.toBeUndefined();
  });

  const isPostgres = (): boolean => maker.server !== undefined;

  test('SQLite: deletes in small steps, between which others write', async ({ skip }) => {
    if (isPostgres()) skip();
    const { clock, database, retention, store } = await open();
    const old = Array.from({ length: 600 }, () => makeRecord({ at: TODAY - 40 * DAY_MS }));
    await store.write(old);
    await retention.run();
    expect(await daysOf(database)).toEqual([]);
    expect(clock.slept).toEqual([25, 25]);
  });

  test('SQLite: stops between two steps when the process ends', async ({ skip }) => {
    if (isPostgres()) skip();
    const { clock, database, retention, store } = await open();
    await store.write(Array.from({ length: 600 }, () => makeRecord({ at: TODAY - 40 * DAY_MS })));
    clock.holdSleeps = true;
    const running = retention.run();
    await expect.poll(() => clock.slept.length).toBe(1);
    await retention.beforeApplicationShutdown();
    await running;
    expect(await daysOf(database)).toHaveLength(350);
  });

  test('PostgreSQL: makes the partitions of today and tomorrow before they are needed', async ({ skip }) => {
    if (!isPostgres()) skip();
    const { database, retention } = await open();
    retention.onApplicationBootstrap();
    onTestFinished(() => retention.beforeApplicationShutdown());
    const ahead = async (): Promise<string[]> =>
      (await database.run((db) => listPartitions(db, 'request_log'))).map(({ name }) => name);
    await expect.poll(ahead).toEqual(['request_log_20260331', 'request_log_20260401']);
  });

  test('PostgreSQL: many replicas make, write, drop and make again what they need', async ({ skip }) => {
    if (!isPostgres()) skip();
    const url = await maker.create();
    const replicas = [await open(url), await open(url), await open(url), await open(url)];
    await Promise.all(replicas.map(({ store }) => write(store, -60, -2, -1, 0)));
    await Promise.all(replicas.map(({ retention }) => retention.run()));
    const [{ database }] = replicas as [(typeof replicas)[0]];
    expect(await daysOf(database)).toHaveLength(12);
    // They all remember a partition that one of them has dropped.
    await Promise.all(replicas.map(({ store }) => write(store, -60)));
    expect(await daysOf(database)).toHaveLength(16);
  });

  test('PostgreSQL: writers go on while somebody reads what is to be dropped', async ({ skip }) => {
    if (!isPostgres()) skip();
    const url = await maker.create();
    const { database, retention, store } = await open(url);
    await write(store, -60, 0);
    const reader = await connect(url);
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM request_log');
    const running = retention.run();
    await expect.poll(() => waitingFor(database)).toBe(1);
    await write(store, 0);
    await reader.query('COMMIT');
    await running;
    expect(await daysOf(database)).toEqual([0, 0]);
  });

  test('PostgreSQL: gives up for now when somebody reads for long, which is no fault', async ({ skip }) => {
    if (!isPostgres()) skip();
    const url = await maker.create();
    const { clock, database, retention, store } = await open(url);
    await write(store, -60, 0);
    const reader = await connect(url);
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM request_log');
    const running = retention.run();
    await expect.poll(() => waitingFor(database)).toBe(1);
    clock.advance(5_000);
    await running;
    expect(database.isUsable).toBe(true);
    await write(store, 0);
    await reader.query('COMMIT');
    await retention.run();
    expect(await daysOf(database)).toEqual([0, 0]);
  });

  test('PostgreSQL: finishes what another run left half done', async ({ skip }) => {
    if (!isPostgres()) skip();
    const url = await maker.create();
    const { database, retention, store } = await open(url);
    await write(store, -60, -50, 0);
    const reader = await connect(url);
    const other = await connect(url);
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM request_log');
    await other.query("SET lock_timeout = '50ms'");
    const detach = 'ALTER TABLE request_log DETACH PARTITION request_log_20260130 CONCURRENTLY';
    await expect(other.query(detach)).rejects.toThrow('lock timeout');
    await reader.query('COMMIT');
    await write(store, -60);
    await retention.run();
    expect(await daysOf(database)).toEqual([0]);
    const tables = await database.run((db) => db.introspection.getTables());
    expect(tables.map(({ name }) => name).filter((name) => /_2026(01|02)/.test(name))).toEqual([]);
  });
});

function settingsWith(retention: string) {
  const yaml = `
providers: [{ name: openai, vendor: openai, api_keys: [vendor-key] }]
logging: { retention: ${retention} }
`;
  return loadSettings({ GATEWAY_CONFIG: 'gateway.yaml' }, (path) =>
    path === 'gateway.yaml' ? yaml : undefined,
  );
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** How many connections wait for a lock. */
async function waitingFor(database: Database): Promise<number> {
  const { rows } = await database.run((db) =>
    db.executeQuery<{ count: number }>({
      sql: 'SELECT count(*) AS count FROM pg_locks WHERE NOT granted AND locktype = $1',
      parameters: ['virtualxid'],
      query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
      queryId: { queryId: 'waiting' },
    }),
  );
  return rows[0]?.count ?? 0;
}

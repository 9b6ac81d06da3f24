import { expect, onTestFinished, test } from 'vitest';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { migrate } from './migrate.js';
import { openKysely } from './open-kysely.js';

describeOnBothDatabases('migrate', (maker) => {
  function open(url: string) {
    const db = openKysely(url, () => undefined);
    onTestFinished(() => db.destroy());
    return db;
  }

  test('makes the tables of an empty database, and has nothing to do the next time', async () => {
    const db = open(await maker.create());
    expect(await migrate(db)).toEqual([
      '2026-11-25-first',
      '2026-11-26-change-marks',
      '2026-12-01-considered',
    ]);
    expect(await migrate(db)).toEqual([]);
    expect(await db.selectFrom('request_log').selectAll().execute()).toEqual([]);
    expect(await db.selectFrom('usage_hourly').selectAll().execute()).toEqual([]);
  });

  test('is done once when several replicas start at the same moment', async () => {
    const url = await maker.create();
    const done = await Promise.all([open(url), open(url), open(url), open(url)].map((db) => migrate(db)));
    expect(done.flat()).toEqual(['2026-11-25-first', '2026-11-26-change-marks', '2026-12-01-considered']);
  });

  test('lets one name be used again only when its key was revoked', async () => {
    const db = open(await maker.create());
    await migrate(db);
    const key = {
      name: 'team-a',
      secret_hint: 'abcd',
      previous_hash: null,
      previous_until: null,
      models: '["*"]',
      requests_per_minute: null,
      tokens_per_minute: null,
      max_parallel: null,
      budget_nano: null,
      budget_period: 'month',
      shared_cache: 0,
      created_at: 1,
      updated_at: 1,
      expires_at: null,
    };
    await db
      .insertInto('gateway_keys')
      .values({ ...key, id: '1', secret_hash: 'one', revoked_at: 2 })
      .execute();
    await db
      .insertInto('gateway_keys')
      .values({ ...key, id: '2', secret_hash: 'two', revoked_at: null })
      .execute();
    const third = db
      .insertInto('gateway_keys')
      .values({ ...key, id: '3', secret_hash: 'three', revoked_at: null });
    await expect(third.execute()).rejects.toThrow(/unique/i);
  });
});

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertDay, NO_CALLS, POSTGRES, rowsForSums, SQLITE } from '../../test/bench/log/synthetic-rows.ts';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { startDatabase } from '../../test/support/open-database.js';
import type { Database } from '../storage/database.js';
import { LogPartitions } from './log-partitions.js';
import type { RequestFilter } from './request-filter.js';
import { requestPage } from './request-page.js';
import { RequestReader } from './request-reader.js';
import { StoredSpending } from '../storage/stored-spending.js';
import { UsageReader } from './usage-reader.js';
import { addToSums, DAY_MS, HOUR_MS } from './usage-sums.js';

const TODAY = Date.UTC(2026, 0, 31);
/** In each of two days. */
const ROWS = 20_000;
const AFTER = { at: TODAY + DAY_MS - 1, id: 'x' };

describeOnBothDatabases('reading a log', (maker) => {
  let database: Database;

  beforeAll(async () => {
    const url = await maker.create();
    database = await startDatabase(url);
    const words = database.dialect === 'sqlite' ? SQLITE : POSTGRES;
    const days = [TODAY - DAY_MS, TODAY];
    await new LogPartitions(database).ensure(days);
    const run = (statement: string) => database.run((db) => sql.raw(statement).execute(db));
    for (const day of days) await run(insertDay(words, 'request_log', day, ROWS));
    await run(addToSums('usage_hourly', rowsForSums(words, 'request_log'), NO_CALLS));
    await run(addToSums('usage_daily', rowsForSums(words, 'request_log'), NO_CALLS));
    if (database.dialect === 'sqlite') await run('PRAGMA optimize = 0x10002');
    // No statement of the gateway's runs outside a transaction, and this one must.
    else await maker.server?.run('VACUUM ANALYZE', url);
  }, 60_000);

  afterAll(() => database.onApplicationShutdown());

  /** The same database, which counts the statements that are run. */
  function countStatements(): { database: Database; count: () => number } {
    let count = 0;
    const run: Database['run'] = (work) =>
      database.run((db) =>
        work(
          db.withPlugin({
            transformQuery: ({ node }) => {
              count++;
              return node;
            },
            transformResult: ({ result }) => Promise.resolve(result),
          }),
        ),
      );
    return { database: Object.assign(Object.create(database) as Database, { run }), count: () => count };
  }

  /** SQLite: how it goes about a page. */
  async function planOf(filter: RequestFilter): Promise<string> {
    const page = requestPage('sqlite', filter, AFTER, 51);
    const { rows } = await database.run((db) =>
      sql<{ detail: string }>`EXPLAIN QUERY PLAN ${page}`.execute(db),
    );
    return rows.map(({ detail }) => detail).join('\n');
  }

  /** PostgreSQL: how many blocks of 8 KB it looks at for a page. */
  async function blocksOf(filter: RequestFilter): Promise<number> {
    const page = requestPage('postgres', filter, AFTER, 51);
    const { rows } = await database.run((db) =>
      sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>`
        EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${page}`.execute(db),
    );
    const { Plan: plan } = rows[0]!['QUERY PLAN'][0];
    return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
  }

  test('takes one statement for a page, one for a request and one for a report', async () => {
    const counted = countStatements();
    const { count } = counted;
    const requests = new RequestReader(counted.database);
    const usage = new UsageReader(counted.database);
    const first = await requests.page({}, undefined, 50);
    expect(first.rows).toHaveLength(50);
    expect(count()).toBe(1);
    await requests.page({ key: 'key-0', model: 'model-0' }, first.next, 50);
    expect(count()).toBe(2);
    await requests.find(first.rows[0]!.request_id);
    expect(count()).toBe(3);
    await usage.page({ from: TODAY - 30 * DAY_MS, to: undefined }, ['key', 'day'], undefined, 10);
    expect(count()).toBe(4);
  });

  test.each<[string, RequestFilter]>([
    ['everything', {}],
    ['a busy key', { key: 'key-0' }],
    ['a quiet key', { key: 'key-290' }],
    ['an unknown key', { key: 'nobody' }],
    ['a provider', { provider: 'provider-1' }],
    ['an unknown provider', { provider: 'nobody' }],
    ['a model', { model: 'model-1' }],
    ['a status', { status: exactly(429) }],
    ['a rare status', { status: exactly(402) }],
    ['a status that never was', { status: exactly(418) }],
    ['a class of statuses', { status: { least: 500, most: 599 } }],
    ['an end', { endReason: 'stalled' }],
    ['an end that never was', { endReason: 'shutdown' }],
    ['a key and a rare status', { key: 'key-0', status: exactly(402) }],
    ['a key and its model', { key: 'key-0', model: 'model-0' }],
    ['a key and a model that never met', { key: 'key-0', model: 'model-20' }],
    ['a model and a provider that never met', { model: 'model-0', provider: 'provider-3' }],
    ['a key, a model and a rare status', { key: 'key-0', model: 'model-0', status: exactly(402) }],
  ])('finds %s without looking at much of the log', async (_title, filter) => {
    if (database.dialect === 'sqlite') {
      const plan = await planOf(filter);
      const steps = plan.split('\n').filter((step) => step.includes('request_log'));
      // An index finds each place, or has it all in the order of time, and no row is sorted but those of the page.
      for (const step of steps) {
        expect(step).toMatch(/^SEARCH request_log USING (?:COVERING )?INDEX/);
      }
      // What nobody was asked for comes from an index of its own; the two short lists are sorted into one.
      const isMerged = filter.provider !== undefined;
      expect(plan.includes('request_log_passed_over')).toBe(isMerged);
      const sorts = plan.match(/USE TEMP B-TREE FOR ORDER BY/g) ?? [];
      expect(sorts.length).toBeLessThanOrEqual(isMerged ? 3 : plan.includes('RECURSIVE') ? 2 : 1);
      expect(plan).not.toContain('AUTOMATIC');
    } else {
      // The log has some 2,000 blocks, and its indexes as many again.
      expect(await blocksOf(filter)).toBeLessThan(600);
    }
  });

  test('searches two names only in the times in which they met', async () => {
    const reader = new RequestReader(database);
    const filter = { key: 'key-0', model: 'model-0', provider: 'provider-0' };
    const { rows } = await reader.page(filter, undefined, 500);
    expect(rows).toHaveLength(500);
    expect(rows.map(({ at }) => at)).toEqual(rows.map(({ at }) => at).sort((one, other) => other - one));
    const { total } = await database.run((db) =>
      db
        .selectFrom('request_log')
        .select((expression) => expression.fn.countAll<number>().as('total'))
        .where('key_name', '=', filter.key)
        .where('model', '=', filter.model)
        .where('provider', '=', filter.provider)
        .executeTakeFirstOrThrow(),
    );
    const all = await reader.page(filter, undefined, 1_000_000);
    expect(all.rows).toHaveLength(total);
  });

  test('adds up what a key has spent since an hour', async () => {
    const spending = new StoredSpending(database);
    const expected = async (since: number): Promise<number> => {
      const { spent } = await database.run((db) =>
        db
          .selectFrom('request_log')
          .select((expression) => expression.fn.sum<number>('cost_nano').as('spent'))
          .where('key_id', '=', 'id-of-key-0')
          .where('at', '>=', since)
          .executeTakeFirstOrThrow(),
      );
      return spent;
    };
    expect(await spending.spentSince('id-of-key-0', 0)).toBe(await expected(0));
    const hour = TODAY - 5 * HOUR_MS;
    expect(await expected(hour)).toBeGreaterThan(0);
    expect(await spending.spentSince('id-of-key-0', hour + 1_234)).toBe(await expected(hour));
    expect(await spending.spentSince('id-of-key-0', TODAY + 9 * DAY_MS)).toBe(0);
    expect(await spending.spentSince('nobody', 0)).toBe(0);
  });
});

function exactly(status: number) {
  return { least: status, most: status };
}

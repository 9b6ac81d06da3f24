import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { makeRecord } from '../../test/support/make-record.js';
import { openDatabase } from '../../test/support/open-database.js';
import type { Database } from '../storage/database.js';
import { latencyBucketOf, latencyColumn } from '../storage/latency-buckets.js';
import type { UsageHourlyTable } from '../storage/tables.js';
import { decodeAttempts } from './attempts-column.js';
import { LogPartitions } from './log-partitions.js';
import { LogStore } from './log-store.js';
import { HOUR_MS } from './usage-sums.js';

const AT = Date.UTC(2026, 0, 1, 10, 30);
const HOUR = Date.UTC(2026, 0, 1, 10);

describeOnBothDatabases('LogStore', (maker) => {
  async function open(): Promise<{ database: Database; store: LogStore }> {
    const database = await openDatabase(await maker.create());
    return { database, store: new LogStore(database, new LogPartitions(database)) };
  }
  const rowsOf = (database: Database) =>
    database.run((db) => db.selectFrom('request_log').selectAll().orderBy('at').orderBy('id').execute());
  const sumsOf = (database: Database): Promise<(UsageHourlyTable & Record<string, number>)[]> =>
    database.run(async (db) => {
      const sums = db.selectFrom('usage_hourly').selectAll().orderBy('hour').orderBy('key_id');
      return (await sums.orderBy('provider').orderBy('model').execute()) as (UsageHourlyTable &
        Record<string, number>)[];
    });

  test('keeps every member of a record', async () => {
    const { database, store } = await open();
    const record = makeRecord({
      at: AT,
      stream: true,
      endReason: 'cut',
      error: 'stream_interrupted',
      usage: {
        inputTokens: 100,
        cacheReadTokens: 60,
        cacheWriteTokens: 10,
        outputTokens: 20,
        reasoningTokens: 0,
      },
      savedNano: 5,
      queueMs: 3,
      firstTokenMs: 400,
    });
    await store.write([record]);
    expect(await rowsOf(database)).toEqual([
      {
        id: record.id,
        at: AT,
        request_id: record.requestId,
        key_id: 'id-of-team-a',
        key_name: 'team-a',
        format: 'openai-chat',
        stream: 1,
        requested_model: 'auto',
        provider: 'openai',
        model: 'gpt-4o-mini',
        status: 200,
        end_reason: 'cut',
        error: 'stream_interrupted',
        attempts: '[["openai","gpt-4o-mini","ab12cd34",200,null,1,800]]',
        input_tokens: 100,
        cached_tokens: 60,
        cache_write_tokens: 10,
        output_tokens: 20,
        reasoning_tokens: 0,
        usage_source: 'vendor',
        cost_nano: 27_000,
        price_version: '0.1.8',
        cache: 'miss',
        saved_nano: 5,
        finish: 'stop',
        queue_ms: 3,
        first_token_ms: 400,
        total_ms: 802,
        overhead_ms: 1.25,
        considered: null,
      },
    ]);
  });

  test('tells absent and zero apart', async () => {
    const { database, store } = await open();
    await store.write([
      makeRecord({
        keyId: null,
        keyName: null,
        requestedModel: null,
        provider: null,
        model: null,
        attempts: [],
        usage: { inputTokens: 0 },
        usageSource: 'none',
        costNano: null,
        priceVersion: null,
        finish: null,
        overheadMs: null,
      }),
    ]);
    expect(await rowsOf(database)).toMatchObject([
      {
        key_id: null,
        key_name: null,
        requested_model: null,
        provider: null,
        model: null,
        attempts: '[]',
        input_tokens: 0,
        output_tokens: null,
        cost_nano: null,
        price_version: null,
        saved_nano: null,
        finish: null,
        first_token_ms: null,
        overhead_ms: null,
      },
    ]);
  });

  test('keeps bodies only of those that have them', async () => {
    const { database, store } = await open();
    const full = makeRecord({ bodies: { request: '{"q":1}', response: null } });
    await store.write([full, makeRecord(), makeRecord({ bodies: { request: null, response: null } })]);
    expect(await database.run((db) => db.selectFrom('request_bodies').selectAll().execute())).toEqual([
      { id: full.id, at: full.at, request: '{"q":1}', response: null },
    ]);
  });

  test('adds each request to the hour, key, provider and model that it belongs to', async () => {
    const { database, store } = await open();
    const other = { keyId: 'id-of-team-b', keyName: 'team-b' };
    await store.write([
      makeRecord({ at: HOUR }),
      makeRecord({ at: HOUR + HOUR_MS - 1, usageSource: 'estimated', totalMs: 3 }),
      makeRecord({ at: HOUR + HOUR_MS }),
      makeRecord({ at: HOUR, ...other, cache: 'hit', costNano: 0, savedNano: 27_000 }),
      makeRecord({ at: HOUR, ...other, costNano: null }),
      makeRecord({
        at: HOUR,
        keyId: null,
        keyName: null,
        provider: null,
        model: null,
        status: 401,
        usage: undefined,
        costNano: null,
        endReason: 'refused',
        totalMs: 1,
      }),
    ]);
    const sums = await sumsOf(database);
    expect(sums).toMatchObject([
      {
        hour: HOUR,
        key_id: '',
        key_name: '',
        provider: '',
        model: '',
        requests: 1,
        errors: 1,
        unpriced: 0,
        input_tokens: 0,
      },
      {
        hour: HOUR,
        key_id: 'id-of-team-a',
        key_name: 'team-a',
        provider: 'openai',
        model: 'gpt-4o-mini',
        requests: 2,
        errors: 0,
        input_tokens: 200,
        output_tokens: 40,
        cost_nano: 54_000,
        saved_nano: 0,
        estimated: 1,
        [latencyColumn(latencyBucketOf(3))]: 1,
        [latencyColumn(latencyBucketOf(802))]: 1,
      },
      { key_id: 'id-of-team-b', requests: 2, cache_hits: 1, saved_nano: 27_000, cost_nano: 0, unpriced: 1 },
      { hour: HOUR + HOUR_MS, key_id: 'id-of-team-a', requests: 1 },
    ]);
    // An error that came at once is no fast answer.
    expect(sums[0]?.[latencyColumn(0)]).toBe(0);
  });

  test('adds what calls beside the answer used to those who were called', async () => {
    const { database, store } = await open();
    const [served] = makeRecord().attempts;
    const lost = {
      ...served!,
      provider: 'deepseek',
      model: 'deepseek-chat',
      usage: { inputTokens: 90, outputTokens: 1, cacheReadTokens: 5 },
      costNano: 300,
    };
    await store.write([makeRecord({ at: AT, attempts: [lost, served!] })]);
    expect(await sumsOf(database)).toMatchObject([
      {
        provider: 'deepseek',
        model: 'deepseek-chat',
        requests: 0,
        input_tokens: 90,
        output_tokens: 1,
        cached_tokens: 5,
        cost_nano: 300,
      },
      { provider: 'openai', model: 'gpt-4o-mini', requests: 1, input_tokens: 100, cost_nano: 27_000 },
    ]);
    const [row] = await rowsOf(database);
    expect(decodeAttempts(row!.attempts)).toMatchObject([
      { provider: 'deepseek', inputTokens: 90, outputTokens: 1, costNano: 300 },
      { provider: 'openai', inputTokens: null, outputTokens: null, costNano: null },
    ]);
  });

  test.each([
    ['rows', [true, true]],
    ['sums alone', [false, false]],
    ['rows and then sums alone', [true, false]],
    ['sums alone and then rows', [false, true]],
  ])('counts a record once that is written twice: %s', async (_title, modes) => {
    const { database, store } = await open();
    const [served] = makeRecord().attempts;
    const lost = { ...served!, provider: 'deepseek', costNano: 300 };
    const one = makeRecord({ at: AT, attempts: [lost], bodies: { request: 'q', response: 'a' } });
    const two = makeRecord({ at: AT });
    await store.write([one, one], { rows: modes[0]! });
    await store.write([two, one], { rows: modes[1]! });
    await store.write([two, one], { rows: modes[1]! });
    expect(await sumsOf(database)).toMatchObject([
      { provider: 'deepseek', requests: 0, cost_nano: 300 },
      { provider: 'openai', requests: 2, cost_nano: 54_000 },
    ]);
    const expected = modes.map((rows, index) => (rows ? [[one], [two]][index]! : [])).flat();
    expect((await rowsOf(database)).map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
  });

  test('writes nothing of a batch that fails', async () => {
    const { database, store } = await open();
    await database.run((db) => sql`ALTER TABLE usage_hourly RENAME TO elsewhere`.execute(db));
    await expect(store.write([makeRecord({ at: AT })])).rejects.toThrow('usage_hourly');
    expect(await rowsOf(database)).toEqual([]);
  });

  test('takes any text, cut where it is long, and keeps a row small', async () => {
    const { database, store } = await open();
    const hostile = `"\\'\0\uD800${'漢'.repeat(10_000)}`;
    const attempt = { ...makeRecord().attempts[0]!, error: '500 Internal Server Error', status: 500 };
    await store.write([
      makeRecord({
        requestedModel: hostile,
        requestId: 'x'.repeat(128),
        attempts: [attempt, attempt, attempt, attempt, attempt, attempt],
        bodies: { request: hostile, response: 'a\0b' },
      }),
    ]);
    const [row] = await rowsOf(database);
    expect(row?.requested_model).toMatch(/^"\\'\uFFFD\uFFFD漢+…$/u);
    expect(Buffer.byteLength(row!.requested_model!)).toBeLessThanOrEqual(200);
    const bytes = Object.values(row!).reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? Buffer.byteLength(value) : 8),
      0,
    );
    expect(bytes).toBeLessThan(1_024);
    const bodies = await database.run((db) => db.selectFrom('request_bodies').selectAll().execute());
    expect(bodies).toMatchObject([
      { request: `"\\'\uFFFD\uFFFD${'漢'.repeat(10_000)}`, response: 'a\uFFFDb' },
    ]);
  });

  test('keeps the first and the last of many calls', async () => {
    const { database, store } = await open();
    const [served] = makeRecord().attempts;
    const attempts = Array.from({ length: 40 }, (_, turn) => ({ ...served!, startedMs: turn }));
    await store.write([makeRecord({ attempts })]);
    const [row] = await rowsOf(database);
    const kept = decodeAttempts(row!.attempts).map(({ startedMs }) => startedMs);
    expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 39]);
  });

  test('takes a record in which everything is out of bounds', async () => {
    const { database, store } = await open();
    const endless = '\0'.repeat(5_000);
    const attempt = {
      provider: endless,
      model: endless,
      keyHint: endless,
      status: 500,
      error: endless,
      startedMs: NaN,
      ms: Infinity,
    };
    await store.write([
      makeRecord({
        keyId: endless,
        keyName: endless,
        requestId: endless,
        provider: endless,
        model: endless,
        finish: endless,
        attempts: Array.from({ length: 100 }, () => attempt),
        usage: { inputTokens: 1e300, outputTokens: -5 },
        costNano: NaN,
        totalMs: 1e12,
        queueMs: NaN,
        overheadMs: Infinity,
      }),
    ]);
    expect(await rowsOf(database)).toMatchObject([
      {
        input_tokens: Number.MAX_SAFE_INTEGER,
        output_tokens: 0,
        cost_nano: null,
        total_ms: 2 ** 31 - 1,
        queue_ms: 0,
      },
    ]);
  });

  test('adds up right when many write the same hours at once', async () => {
    const { database, store } = await open();
    const batches = Array.from({ length: 8 }, (_, batch) =>
      Array.from({ length: 50 }, (_ignored, index) =>
        makeRecord({
          at: AT,
          // Each batch has the groups in another order.
          keyId: `key-${String((index * (batch + 1)) % 10)}`,
        }),
      ),
    );
    await Promise.all(batches.map((batch) => store.write(batch)));
    const sums = await sumsOf(database);
    expect(sums.reduce((sum, { requests }) => sum + requests, 0)).toBe(400);
    expect((await rowsOf(database)).length).toBe(400);
  });

  test('writes records of many days, also long gone', async () => {
    const { database, store } = await open();
    const days = [0, 1, 2, 40, 400].map((day) =>
      makeRecord({ at: AT - day * 24 * HOUR_MS, requestId: randomUUID() }),
    );
    await store.write(days);
    expect((await rowsOf(database)).map(({ at }) => at)).toEqual(days.map(({ at }) => at).sort());
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RequestRecord } from '../../src/contract/request-record.js';
import { LogStore } from '../../src/usage/log-store.js';
import { describeOnBothDatabases } from '../support/databases.js';
import { getJson, type JsonAnswer } from '../support/http.js';
import { makeRecord } from '../support/make-record.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ADMIN_KEY = 'admin-key-for-tests';
const asAdmin = { authorization: `Bearer ${ADMIN_KEY}` };
const YAML = 'providers: [{ name: openai, vendor: openai, api_keys: [vendor-key] }]';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 0, 31, 12, 20);
const AT = Date.UTC(2026, 0, 30, 10, 30);

interface List {
  readonly data: readonly Record<string, unknown>[];
  readonly next_cursor: string | null;
}

describeOnBothDatabases('the reads of the admin API', (maker) => {
  let gateway: RunningGateway;
  const ask = (path: string): Promise<JsonAnswer> => getJson(`${gateway.url}/admin/${path}`, asAdmin);
  const list = async (path: string): Promise<List> => {
    const { status, body } = await ask(path);
    expect(status, JSON.stringify(body)).toBe(200);
    return body as List;
  };
  const idsOf = async (path: string): Promise<unknown[]> =>
    (await list(path)).data.map(({ request_id }) => request_id);

  beforeAll(async () => {
    gateway = await startGateway({
      yaml: YAML,
      clock: new ManualClock(NOW),
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY, DATABASE_URL: await maker.create() },
    });
    await gateway.app.get(LogStore).write(RECORDS);
  });

  afterAll(() => gateway.close());

  test('refuse whoever has no admin key', async () => {
    for (const path of ['requests', 'requests/one', 'usage']) {
      expect((await getJson(`${gateway.url}/admin/${path}`)).status).toBe(401);
    }
  });

  describe('GET /admin/requests', () => {
    test('shows every member of a request', async () => {
      const { data, next_cursor } = await list('requests?model=full');
      expect(next_cursor).toBeNull();
      expect(data).toEqual([FULL_REPORT]);
    });

    test('is newest first, and goes on where the page before ended', async () => {
      const seen: unknown[] = [];
      let cursor = '';
      for (let page = 0; page < 10; page++) {
        const { data, next_cursor } = await list(`requests?key=pages&limit=3${cursor}`);
        seen.push(...data.map(({ request_id }) => request_id));
        if (next_cursor === null) break;
        expect(data).toHaveLength(3);
        cursor = `&cursor=${next_cursor}`;
      }
      expect(seen).toEqual(['page-6', 'page-5', 'page-4', 'page-3', 'page-2', 'page-1', 'page-0']);
    });

    test('has no next page behind a last one that is full', async () => {
      expect((await list('requests?key=pages&limit=7')).next_cursor).toBeNull();
    });

    test('loses and repeats nothing when new requests come between two pages', async () => {
      const first = await list('requests?provider=growing&limit=2');
      const late = makeRecord({ requestId: 'late', provider: 'growing', at: AT + 5_000 });
      await gateway.app.get(LogStore).write([late]);
      const second = await idsOf(`requests?provider=growing&limit=2&cursor=${first.next_cursor!}`);
      expect([...first.data.map(({ request_id }) => request_id), ...second]).toEqual([
        'grow-3',
        'grow-2',
        'grow-1',
        'grow-0',
      ]);
    });

    test('goes by the id among requests of the same millisecond', async () => {
      const first = await list('requests?key=same-time&limit=2');
      const second = await list(`requests?key=same-time&limit=2&cursor=${first.next_cursor!}`);
      const ids = [...first.data, ...second.data].map(({ request_id }) => request_id);
      expect(ids).toEqual(['same-c', 'same-b', 'same-a']);
    });

    test.each([
      ['status=429', ['limited', 'limited-too']],
      ['status=4xx', ['left', 'limited', 'limited-too']],
      ['status=5XX', ['failed']],
      ['status=418', []],
      ['status=429&model=small', ['limited-too']],
      ['status=2xx&model=small', ['small-ok']],
      ['end_reason=caller_left', ['left']],
      ['end_reason=done&model=small', ['small-ok']],
      ['model=small', ['small-ok', 'limited-too']],
      ['provider=deepseek', ['small-ok', 'failed']],
      ['provider=deepseek&model=small', ['small-ok']],
      ['key=filters&model=small', ['small-ok', 'limited-too']],
      ['key=filters&provider=deepseek&model=small', ['small-ok']],
      ['key=filters&model=full', []],
      ['key=nobody', []],
      ['from=2026-01-30T10:32:00Z', ['left', 'small-ok']],
      ['from=2026-01-30T10:31:00Z&to=2026-01-30T10:32:00Z', ['failed', 'limited']],
      ['model=small&provider=deepseek&to=2026-01-30T10:32:00Z', []],
      ['from=2026-01-30T11:32:00%2B01:00&status=4xx', ['left']],
      ['from=2026-01-31', []],
      ['to=2026-01-29', []],
      ['from=2026-01-30&to=2026-01-30&status=5xx', ['failed']],
    ])('filters: %s', async (query, expected) => {
      const filtered = query.includes('key=') ? query : `${query}&key=filters`;
      expect(await idsOf(`requests?${filtered}`)).toEqual(expected);
    });

    test('goes by pages through names that meet in many hours', async () => {
      const seen: unknown[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: List = await list(
          `requests?key=spread&model=spread&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        seen.push(...page.data.map(({ request_id }) => request_id));
        cursor = page.next_cursor;
      }
      expect(seen).toEqual(['spread-4', 'spread-3', 'spread-2', 'spread-1', 'spread-0']);
    });

    test.each([
      ['limit=0', 'limit', 'limit: found "0", expected a whole number from 1 to 500'],
      ['limit=501', 'limit', 'limit: found "501", expected a whole number from 1 to 500'],
      ['limit=ten', 'limit', 'limit: found "ten", expected a whole number from 1 to 500'],
      [
        'status=9xx',
        'status',
        'status: found "9xx", expected a status such as 429, or a class of them such as 5xx',
      ],
      ['status=', 'status', 'status: found "", expected a value, or no such parameter'],
      ['statsu=429', 'statsu', 'statsu: unknown parameter (did you mean "status"?)'],
      ['status=429&status=500', 'status', 'status: found ["429","500"], expected one value'],
      ['end_reason=stalld', 'end_reason', '(did you mean "stalled"?)'],
      ['from=yesterday', 'from', 'from: found "yesterday", expected a date or a time'],
      ['from=2026-02-30', 'from', 'from: found "2026-02-30", expected a date or a time'],
      [
        'from=2026-01-02&to=2026-01-01',
        'to',
        'to: found "2026-01-02T00:00:00.000Z", expected a time after from',
      ],
      ['cursor=abc', 'cursor', 'cursor: found "abc", expected the next_cursor of an earlier page'],
    ])('refuses %s by name', async (query, param, message) => {
      const { status, body } = await ask(`requests?${query}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({
        error: { code: 'invalid_request', param, message: expect.stringContaining(message) as string },
      });
    });
  });

  describe('GET /admin/requests/{id}', () => {
    test('shows one request', async () => {
      const { status, body } = await ask('requests/full');
      expect(status).toBe(200);
      expect(body).toEqual(FULL_REPORT);
    });

    test('shows bodies where they were kept', async () => {
      expect((await ask('requests/with-bodies')).body).toMatchObject({
        request_id: 'with-bodies',
        bodies: { request: '{"messages":[]}', response: null },
      });
    });

    test('shows the newest of an id that came twice', async () => {
      expect((await ask('requests/twice')).body).toMatchObject({ at: new Date(AT + 1).toISOString() });
    });

    test('is a 404 for an unknown one', async () => {
      const { status, body } = await ask('requests/nobody');
      expect(status).toBe(404);
      expect(body).toMatchObject({
        error: { code: 'not_found', message: 'The log has no request "nobody"' },
      });
    });
  });

  describe('GET /admin/usage', () => {
    const ofSums = (rows: readonly Record<string, unknown>[], ...names: string[]): unknown[][] =>
      rows.map((row) => names.map((name) => row[name]));

    test('is one total without groups', async () => {
      const { data, next_cursor } = await list('usage?from=2025-12-01&to=2025-12-03');
      expect(next_cursor).toBeNull();
      expect(data).toEqual([
        {
          requests: 5,
          errors: 1,
          // Without those of the answer that was kept.
          input_tokens: 300,
          cached_tokens: 40,
          cache_write_tokens: 0,
          output_tokens: 60,
          reasoning_tokens: 0,
          cost_usd: 0.0003,
          saved_usd: 0.000027,
          cache_hits: 1,
          unpriced_requests: 1,
          estimated_requests: 1,
          latency_ms_p50: expect.any(Number) as number,
          latency_ms_p95: expect.any(Number) as number,
          latency_ms_p99: expect.any(Number) as number,
        },
      ]);
      const [total] = data;
      // Three took 100 ms and one 1000: as exact as the buckets are.
      expect(total!['latency_ms_p50']).toBeGreaterThanOrEqual(77);
      expect(total!['latency_ms_p50']).toBeLessThanOrEqual(115);
      expect(total!['latency_ms_p99']).toBeGreaterThanOrEqual(985);
      expect(total!['latency_ms_p99']).toBeLessThanOrEqual(1_478);
    });

    test('is a total of nothing where there was nothing', async () => {
      const { data } = await list('usage?from=2020-01-01&to=2020-01-31');
      expect(ofSums(data, 'requests', 'cost_usd', 'latency_ms_p50')).toEqual([[0, 0, null]]);
    });

    test('groups by anything, in the order of the groups', async () => {
      const december = 'from=2025-12-01&to=2025-12-03';
      const byModel = await list(`usage?group_by=model&${december}`);
      expect(ofSums(byModel.data, 'model', 'requests')).toEqual([
        [null, 1],
        ['alpha', 3],
        ['beta', 1],
      ]);
      const byDay = await list(`usage?group_by=day,provider&${december}`);
      expect(ofSums(byDay.data, 'day', 'provider', 'requests', 'errors')).toEqual([
        ['2025-12-01', 'openai', 2, 0],
        ['2025-12-02', null, 1, 1],
        ['2025-12-02', 'deepseek', 1, 0],
        ['2025-12-03', 'openai', 1, 0],
      ]);
      expect(Object.keys(byDay.data[0]!).slice(0, 2)).toEqual(['day', 'provider']);
      const byKey = await list(`usage?group_by=key,model&${december}`);
      expect(ofSums(byKey.data, 'key', 'key_id', 'model', 'requests')).toEqual([
        [null, null, null, 1],
        ['new name', 'id-1', 'alpha', 3],
        ['other', 'id-2', 'beta', 1],
      ]);
    });

    test('takes hours from the ends of the period, and whole days in between', async () => {
      const requests = async (from: string, to: string): Promise<unknown> =>
        (await list(`usage?from=${from}&to=${to}`)).data[0]!['requests'];
      expect(await requests('2025-12-01T08:00:00Z', '2025-12-03T09:00:00Z')).toBe(5);
      expect(await requests('2025-12-01T09:00:00Z', '2025-12-03T09:00:00Z')).toBe(4);
      expect(await requests('2025-12-01T09:59:59Z', '2025-12-03T08:00:00Z')).toBe(3);
      expect(await requests('2025-12-01T08:00:00Z', '2025-12-01T08:01:00Z')).toBe(1);
      expect(await requests('2025-12-02', '2025-12-02')).toBe(2);
    });

    test('is of the last 30 days when no period is given', async () => {
      const { data } = await list('usage?group_by=day');
      expect(data.map(({ day }) => day)).toEqual(['2026-01-28', '2026-01-29', '2026-01-30']);
      expect((await list('usage?group_by=day&from=2025-12-01')).data[0]).toMatchObject({ day: '2025-12-01' });
    });

    test.each(['from=2025-12-01&to=2025-12-03', 'from=2025-12-01T05:00:00Z&to=2025-12-03T09:00:00Z'])(
      'by all groups at once, page by page, adds up to the total of %s',
      async (period) => {
        const query = `usage?group_by=model,provider,key,day&${period}`;
        const [total] = (await list(`usage?${period}`)).data;
        const whole = await list(query);
        expect(whole.data.length).toBeGreaterThan(2);
        const seen: Record<string, unknown>[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const page: List = await list(`${query}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
          seen.push(...page.data);
          cursor = page.next_cursor;
        }
        expect(seen).toEqual(whole.data);
        for (const name of ['requests', 'errors', 'input_tokens', 'output_tokens', 'cache_hits']) {
          const sum = whole.data.reduce((before, row) => before + Number(row[name]), 0);
          expect(sum, name).toBe(total![name]);
        }
      },
    );

    test('goes on where the page before ended, in the period of the first page', async () => {
      const query = 'usage?group_by=day,model&from=2025-12-01&to=2025-12-03&limit=2';
      const first = await list(query);
      const second = await list(`${query}&cursor=${first.next_cursor!}`);
      expect(ofSums([...first.data, ...second.data], 'day', 'model')).toEqual([
        ['2025-12-01', 'alpha'],
        ['2025-12-02', null],
        ['2025-12-02', 'beta'],
        ['2025-12-03', 'alpha'],
      ]);
      expect(second.next_cursor).toBeNull();
      const other = await ask(`usage?group_by=model&cursor=${first.next_cursor!}`);
      expect(other.body).toMatchObject({ error: { param: 'cursor' } });
    });

    test.each([
      ['group_by=modle', 'group_by', 'expected one of model, provider, key, day (did you mean "model"?)'],
      ['group_by=model,model', 'group_by', 'group_by: found "model,model", expected each name once'],
      ['groupby=model', 'groupby', 'groupby: unknown parameter (did you mean "group_by"?)'],
      ['to=2026-13-01', 'to', 'to: found "2026-13-01", expected a date or a time'],
      ['limit=5001', 'limit', 'limit: found "5001", expected a whole number from 1 to 5000'],
    ])('refuses %s by name', async (query, param, message) => {
      const { status, body } = await ask(`usage?${query}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { param, message: expect.stringContaining(message) as string } });
    });
  });
});

describe('a database that is away', () => {
  test('is a 503 that says when to ask again', async () => {
    const gateway = await startGateway({
      yaml: YAML,
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY, DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing' },
    });
    try {
      for (const path of ['requests', 'requests/one', 'usage']) {
        const { status, headers, body } = await getJson(`${gateway.url}/admin/${path}`, asAdmin);
        expect(status).toBe(503);
        expect(headers.get('retry-after')).toBe('5');
        expect(body).toMatchObject({ error: { code: 'database_unavailable' } });
      }
    } finally {
      await gateway.close();
    }
  });
});

const FULL_REPORT = {
  request_id: 'full',
  at: '2026-01-30T10:30:00.000Z',
  key: 'team-a',
  key_id: 'id-of-team-a',
  format: 'openai-chat',
  stream: true,
  requested_model: 'auto',
  provider: 'openai',
  model: 'full',
  status: 200,
  end_reason: 'done',
  error: null,
  finish: 'stop',
  attempts: [
    {
      provider: 'deepseek',
      model: 'deepseek-chat',
      key_hint: 'ab12cd34',
      status: null,
      error: 'connection reset',
      vendor_message: null,
      vendor_request_id: null,
      started_ms: 1,
      ms: null,
      input_tokens: 90,
      output_tokens: null,
      cost_usd: 0.0000123,
    },
    {
      provider: 'openai',
      model: 'gpt-4o-mini',
      key_hint: 'ab12cd34',
      status: 200,
      error: null,
      vendor_message: null,
      vendor_request_id: null,
      started_ms: 1,
      ms: 800,
    },
  ],
  considered: [],
  input_tokens: 100,
  cached_tokens: null,
  cache_write_tokens: null,
  output_tokens: 20,
  reasoning_tokens: 0,
  usage_source: 'vendor',
  cost_usd: 0.0003,
  price_version: '0.1.8',
  cache: 'miss',
  saved_usd: null,
  queue_ms: 4,
  first_token_ms: 300,
  total_ms: 802,
  overhead_ms: 1.25,
};

const [SERVED] = makeRecord().attempts;
const filters = (members: Partial<RequestRecord>): RequestRecord =>
  makeRecord({ keyId: 'id-of-filters', keyName: 'filters', provider: 'openai', model: 'large', ...members });
const december = (members: Partial<RequestRecord>): RequestRecord =>
  makeRecord({
    keyId: 'id-1',
    keyName: 'old name',
    model: 'alpha',
    costNano: 100_000,
    totalMs: 100,
    ...members,
  });

const RECORDS: readonly RequestRecord[] = [
  makeRecord({
    requestId: 'full',
    at: AT,
    stream: true,
    model: 'full',
    attempts: [
      {
        ...SERVED!,
        provider: 'deepseek',
        model: 'deepseek-chat',
        status: null,
        error: 'connection reset',
        ms: null,
        usage: { inputTokens: 90 },
        costNano: 12_300,
      },
      SERVED!,
    ],
    usage: { inputTokens: 100, outputTokens: 20, reasoningTokens: 0 },
    costNano: 300_000,
    queueMs: 4,
    firstTokenMs: 300,
  }),
  makeRecord({ requestId: 'with-bodies', at: AT, bodies: { request: '{"messages":[]}', response: null } }),
  makeRecord({ requestId: 'twice', at: AT }),
  makeRecord({ requestId: 'twice', at: AT + 1 }),
  makeRecord({ requestId: 'twice', at: AT - 2 * DAY_MS }),
  ...[0, 1, 2, 3, 4, 5, 6].map((page) =>
    makeRecord({ requestId: `page-${String(page)}`, keyName: 'pages', at: AT + page }),
  ),
  ...[0, 1, 2, 3].map((page) =>
    makeRecord({ requestId: `grow-${String(page)}`, provider: 'growing', at: AT + page }),
  ),
  ...['a', 'b', 'c'].map((id) => makeRecord({ id, requestId: `same-${id}`, keyName: 'same-time', at: AT })),
  ...[0, 1, 2, 3, 4].map((turn) =>
    makeRecord({
      requestId: `spread-${String(turn)}`,
      keyName: 'spread',
      keyId: 'spread',
      model: 'spread',
      provider: turn % 2 === 0 ? 'openai' : 'deepseek',
      at: AT - (4 - turn) * 7 * HOUR_MS,
    }),
  ),
  filters({ requestId: 'limited-too', at: AT, model: 'small', status: 429, endReason: 'refused' }),
  filters({ requestId: 'limited', at: AT + 60_000, status: 429, endReason: 'vendor_error' }),
  filters({
    requestId: 'failed',
    at: AT + 61_000,
    provider: 'deepseek',
    status: 503,
    endReason: 'vendor_error',
  }),
  filters({ requestId: 'small-ok', at: AT + 120_000, provider: 'deepseek', model: 'small' }),
  filters({ requestId: 'left', at: AT + 130_000, status: 499, endReason: 'caller_left' }),
  december({ at: Date.UTC(2025, 11, 1, 8, 30), usageSource: 'estimated' }),
  december({
    at: Date.UTC(2025, 11, 1, 9, 30),
    usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 40 },
    costNano: null,
  }),
  december({
    at: Date.UTC(2025, 11, 2),
    keyId: null,
    keyName: null,
    provider: null,
    model: null,
    status: 401,
    endReason: 'refused',
    usage: undefined,
    usageSource: 'none',
    costNano: null,
  }),
  december({
    at: Date.UTC(2025, 11, 2, 23, 59),
    keyId: 'id-2',
    keyName: 'other',
    provider: 'deepseek',
    model: 'beta',
    totalMs: 1_000,
    costNano: 200_000,
  }),
  december({
    at: Date.UTC(2025, 11, 3, 8),
    keyName: 'new name',
    cache: 'hit',
    savedNano: 27_000,
    costNano: 0,
  }),
];

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Redactor } from '../../src/common/redactor.js';
import { readEnvironment } from '../../src/config/environment.js';
import { JsonLogger } from '../../src/telemetry/json-logger.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { AdminClient, type ShownKey } from '../support/admin-client.js';
import { postJson, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ADMIN_KEY = 'admin-key-for-tests';
const HOUR_MS = 3_600_000;
const QUESTION = { messages: [{ role: 'user' as const, content: 'hi' }] };
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
const UUID = expect.stringMatching(/^[\da-f-]{36}$/) as string;

describe('gateway keys of the admin API', () => {
  const clock = new ManualClock();
  let vendor: Simulator;
  let gateway: RunningGateway;
  let admin: AdminClient;
  let named = 0;

  const start = (more: Record<string, string> = {}, auth = ''): Promise<RunningGateway> =>
    startGateway({
      clock,
      environment: { GATEWAY_ADMIN_KEY: ADMIN_KEY, ...more },
      yaml: `
${auth}
providers:
  - { name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key], models: [gpt-4o-mini, gpt-4o] }
`,
    });
  const make = (fields: object = {}): Promise<ShownKey> =>
    admin.makeKey({ name: `key-${String(++named)}`, ...fields });
  const ask = (secret: string, model = 'gpt-4o-mini', path = '/v1/chat/completions'): Promise<JsonAnswer> =>
    postJson(
      `${gateway.url}${path}`,
      { ...QUESTION, model, max_tokens: 10 },
      { authorization: `Bearer ${secret}` },
    );

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await start(
      { GATEWAY_API_KEYS: 'environment:secret-of-environment' },
      'auth: { keys: [{ name: file, key: secret-of-file, models: ["gpt-4o"], budget_usd: 1.5 }] }',
    );
    admin = new AdminClient(gateway.url, ADMIN_KEY);
  });

  beforeEach(() => vendor.clear());

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  describe('made', () => {
    test('with a name alone may do everything, and its secret is shown this once', async () => {
      const { status, headers, body } = await admin.call('POST', 'keys', { name: 'plain' });
      expect(status).toBe(201);
      expect(headers.get('cache-control')).toBe('no-store');
      const { key, ...rest } = body as ShownKey;
      expect(key).toMatch(/^sk-sluice-[\w-]{43}$/);
      expect(Object.keys(body as object).slice(0, 3)).toEqual(['id', 'name', 'key']);
      expect(rest).toEqual({
        id: UUID,
        name: 'plain',
        source: 'api',
        status: 'active',
        key_hint: key.slice(-4),
        models: ['*'],
        requests_per_minute: null,
        tokens_per_minute: null,
        max_parallel: null,
        budget_usd: null,
        budget_period: 'month',
        shared_cache: false,
        created_at: ISO,
        updated_at: ISO,
        expires_at: null,
        revoked_at: null,
        previous_until: null,
      });
      expect((await admin.call('GET', `keys/${rest.id}`)).body).toEqual(rest);
      expect(JSON.stringify(gateway.logs.lines)).not.toContain(key);
    });

    test('with all settings has them', async () => {
      const fields = {
        name: 'team "ä" 1',
        models: ['auto', 'openai/*'],
        requests_per_minute: 600,
        tokens_per_minute: 200_000,
        max_parallel: 50,
        budget_usd: 0.123456789,
        budget_period: 'week',
        shared_cache: true,
        expires_at: '2099-01-31T12:00:00+02:00',
      };
      const { id } = await make(fields);
      expect((await admin.call('GET', `keys/${id}`)).body).toMatchObject({
        ...fields,
        expires_at: '2099-01-31T10:00:00.000Z',
      });
    });

    test('works at once, with the official SDKs', async () => {
      const { key } = await make();
      const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key });
      const completion = await openai.chat.completions.create({ ...QUESTION, model: 'gpt-4o-mini' });
      expect(completion.choices[0]?.message.content).toMatch(/\S/);
      const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: key });
      const message = await anthropic.messages.create({ ...QUESTION, model: 'gpt-4o-mini', max_tokens: 10 });
      expect(message.content).not.toHaveLength(0);
      expect(JSON.stringify(vendor.requests)).not.toContain(key);
    });

    test('stands in the log by its name, never by its secret', async () => {
      const { key, name, id } = await make();
      await ask(key);
      expect(gateway.logs.matching({ message: 'request', key: name })).toHaveLength(1);
      expect(gateway.logs.matching({ message: 'gateway key made', key: name, key_id: id })).toHaveLength(1);
      const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      // It has learned no secret: it must know this one by its shape.
      const logger = new JsonLogger(readEnvironment({}).settings, new Redactor());
      for (const line of [key, `{"key":"${key}"}`, `Bearer ${key}`, `key=${key}&`]) logger.warn(line);
      logger.warn({ message: 'refused', headers: { 'x-api-key': key }, cut: key.slice(0, 20) });
      logger.onApplicationShutdown();
      const written = write.mock.calls.map(([text]) => String(text)).join('');
      write.mockRestore();
      expect(written).toContain('[redacted]');
      expect(written).not.toContain(key.slice('sk-sluice-'.length, 20));
    });

    test('under a name that is taken is 409', async () => {
      const { name } = await make();
      for (const taken of [name, 'file', 'environment']) {
        const { status, headers, body } = await admin.call('POST', 'keys', { name: taken });
        expect(status, taken).toBe(409);
        expect(headers.get('x-should-retry')).toBe('false');
        expect(body).toMatchObject({
          error: {
            code: 'conflict',
            param: 'name',
            message: `name: another key is called "${taken}" already`,
          },
        });
      }
    });
  });

  describe('a faulty body', () => {
    test('is refused with every fault at once', async () => {
      const { status, body } = await admin.call('POST', 'keys', {
        models: ['gpt-4o', 7, ' '],
        requests_per_minut: 5,
        tokens_per_minute: 0,
        max_parallel: '3',
        budget_usd: -1,
        budget_period: 'months',
        shared_cache: 'yes',
        expires_at: '2020-01-01',
      });
      expect(status).toBe(400);
      const { error } = body as { error: { message: string; param: string; code: string } };
      expect(error).toMatchObject({ code: 'invalid_request', param: 'requests_per_minut' });
      expect(error.message.split('; ')).toEqual([
        'requests_per_minut: found an unknown field, expected a known field (did you mean "requests_per_minute"?)',
        'name: found nothing, expected a name of 1 to 200 characters without control characters',
        'models[1]: found 7, expected a string that is not empty',
        'models[2]: found " ", expected a string that is not empty',
        'tokens_per_minute: found 0, expected a whole number of at least 1',
        'max_parallel: found "3", expected a whole number of at least 1',
        'budget_usd: found -1, expected a number of at least 0',
        'budget_period: found "months", expected one of day, week, month, total (did you mean "month"?)',
        'shared_cache: found "yes", expected true or false',
        'expires_at: found "2020-01-01", expected a time that is still to come',
      ]);
    });

    test.each([
      [{ name: ' ' }, /^name: found " "/],
      [{ name: 'a\nb' }, /^name: found "a\\nb"/],
      [{ name: 'x\0' }, /^name: found /],
      [{ name: 'x'.repeat(201) }, /^name: found "x{77}\.\.\."/],
      [{ name: null }, /^name: found nothing/],
      [{ name: 'x', models: 'gpt-4o' }, /^models: found "gpt-4o", expected a list of strings/],
      [
        { name: 'x', budget_usd: 1e12 },
        /^budget_usd: found 1000000000000, expected a number of at most 9000000$/,
      ],
      [{ name: 'x', requests_per_minute: 1.5 }, /^requests_per_minute: found 1.5/],
      [
        { name: 'x', expires_at: 1_900_000_000 },
        /^expires_at: found 1900000000, expected a time with its zone/,
      ],
      [{ name: 'x', expires_at: '2099-02-30' }, /^expires_at: found "2099-02-30"/],
      [{ name: 'x', expires_at: '2099-01-01T00:00:00' }, /^expires_at: .* expected a time with its zone/],
      [{ name: 'x', id: 'mine' }, /^id: found an unknown field, expected one of name, models/],
    ])('%j is 400 that says what is wrong', async (fields, message) => {
      const { status, body } = await admin.call('POST', 'keys', fields);
      expect(status).toBe(400);
      expect((body as { error: { message: string } }).error.message).toMatch(message);
    });

    test('may not choose the secret, which is not given back', async () => {
      const { status, body } = await admin.call('POST', 'keys', { name: 'own', key: 'chosen-secret' });
      expect(status).toBe(400);
      expect(body).toMatchObject({
        error: {
          message:
            'key: found a value that is not shown, expected no such field: the gateway makes the secret itself',
        },
      });
    });

    test.each(['', 'nothing', '[]', '"text"'])('%j is no object', async (text) => {
      const { status, body } = await admin.call('POST', 'keys', text);
      expect(status).toBe(400);
      expect((body as { error: { code: string } }).error.code).toMatch(/^invalid_(?:json|request)$/);
    });
  });

  describe('changed', () => {
    test('models hold from the next request on, in the format of the caller', async () => {
      const { id, key } = await make();
      expect((await ask(key)).status).toBe(200);
      const patched = await admin.call('PATCH', `keys/${id}`, { models: ['gpt-4o'] });
      expect(patched.status).toBe(200);
      expect(patched.body).toMatchObject({ id, models: ['gpt-4o'] });
      expect(patched.body).not.toHaveProperty('key');
      const openai = await ask(key);
      expect(openai.status).toBe(403);
      expect(openai.body).toMatchObject({ error: { type: 'permission_error', code: 'model_not_allowed' } });
      const anthropic = await ask(key, 'gpt-4o-mini', '/v1/messages');
      expect(anthropic.status).toBe(403);
      expect(anthropic.body).toMatchObject({ type: 'error', error: { type: 'permission_error' } });
      expect((await ask(key, 'gpt-4o')).status).toBe(200);
    });

    test('what is absent stays, what is null goes', async () => {
      const { id } = await make({
        models: ['auto'],
        max_parallel: 2,
        budget_usd: 5,
        expires_at: '2099-01-01',
      });
      const { body } = await admin.call('PATCH', `keys/${id}`, { budget_usd: null, requests_per_minute: 3 });
      expect(body).toMatchObject({
        models: ['auto'],
        max_parallel: 2,
        requests_per_minute: 3,
        budget_usd: null,
        expires_at: '2099-01-01T00:00:00.000Z',
      });
      const all = { models: null, max_parallel: null, expires_at: null, budget_period: null };
      expect((await admin.call('PATCH', `keys/${id}`, all)).body).toMatchObject({
        models: ['*'],
        max_parallel: null,
        requests_per_minute: 3,
        expires_at: null,
        budget_period: 'month',
      });
    });

    test('may be called otherwise, but not as another', async () => {
      const [one, other] = [await make(), await make()];
      const renamed = await admin.call('PATCH', `keys/${one.id}`, { name: 'renamed' });
      expect(renamed.body).toMatchObject({ id: one.id, name: 'renamed' });
      for (const name of ['renamed', 'file']) {
        expect((await admin.call('PATCH', `keys/${other.id}`, { name })).status).toBe(409);
      }
      expect((await admin.call('PATCH', `keys/${other.id}`, { name: null })).status).toBe(400);
      expect((await admin.call('PATCH', `keys/${one.id}`, { name: 'renamed' })).status).toBe(200);
    });
  });

  describe('rotated', () => {
    test('gets a new secret; the old one is good for as long as was said', async () => {
      const { id, key } = await make();
      const { status, headers, body } = await admin.call('POST', `keys/${id}/rotate`, { grace_period: '2h' });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      const rotated = body as ShownKey;
      expect(rotated).toMatchObject({
        id,
        key_hint: rotated.key.slice(-4),
        previous_until: new Date(clock.now() + 2 * HOUR_MS).toISOString(),
      });
      expect(rotated.key).not.toBe(key);
      clock.advance(2 * HOUR_MS - 1);
      expect((await ask(key)).status).toBe(200);
      expect((await ask(rotated.key)).status).toBe(200);
      clock.advance(1);
      expect((await ask(rotated.key)).status).toBe(200);
      const late = await ask(key);
      expect(late.status).toBe(401);
      expect((late.body as { error: { message: string } }).error.message).toMatch(
        /was replaced by a new one/,
      );
      expect((await admin.call('GET', `keys/${id}`)).body).toMatchObject({ previous_until: null });
    });

    test('without a body leaves the old one a day, with 0s nothing', async () => {
      const { id, key } = await make();
      const usual = (await admin.call('POST', `keys/${id}/rotate`)).body as ShownKey;
      expect(usual.previous_until).toBe(new Date(clock.now() + 24 * HOUR_MS).toISOString());
      expect((await ask(key)).status).toBe(200);
      const leaked = (await admin.call('POST', `keys/${id}/rotate`, { grace_period: '0s' })).body as ShownKey;
      expect(leaked.previous_until).toBeNull();
      expect((await ask(key)).status).toBe(401);
      expect((await ask(usual.key)).status).toBe(401);
      expect((await ask(leaked.key)).status).toBe(200);
    });

    test.each([
      [{ grace_period: '1' }, /^grace_period: found "1", expected a duration with a unit/],
      [{ grace_period: '31d' }, /^grace_period: found "31d", expected a duration of at most 30d$/],
      [{ grace: '1h' }, /^grace: found an unknown field, expected one of grace_period$/],
    ])('%j is 400 that says what is wrong', async (fields, message) => {
      const { id, key } = await make();
      const { status, body } = await admin.call('POST', `keys/${id}/rotate`, fields);
      expect(status).toBe(400);
      expect((body as { error: { message: string } }).error.message).toMatch(message);
      expect((await ask(key)).status).toBe(200);
    });
  });

  describe('at its end', () => {
    test('an expired key is 401 that says so, in the format of each caller', async () => {
      const expires = new Date(clock.now() + HOUR_MS).toISOString();
      const { id, key } = await make({ expires_at: expires });
      clock.advance(HOUR_MS - 1);
      expect((await ask(key)).status).toBe(200);
      clock.advance(1);
      const message = `The API key expired at ${expires}`;
      const openai = await ask(key);
      expect(openai.status).toBe(401);
      expect(openai.body).toMatchObject({
        error: { message, type: 'authentication_error', code: 'invalid_api_key' },
      });
      const anthropic = await ask(key, 'gpt-4o-mini', '/v1/messages');
      expect(anthropic.status).toBe(401);
      expect(anthropic.body).toMatchObject({
        type: 'error',
        error: { type: 'authentication_error', message },
      });
      expect((await ask(key, 'gpt-4o-mini', '/v1/chat')).body).toEqual({ error: message, details: [] });
      expect((await admin.call('GET', `keys/${id}`)).body).toMatchObject({ status: 'expired' });
      await admin.call('PATCH', `keys/${id}`, { expires_at: null });
      expect((await ask(key)).status).toBe(200);
    });

    test('a revoked key is 401 at once and for good; its name is free again', async () => {
      const { id, key, name } = await make();
      const { status, body } = await admin.call('DELETE', `keys/${id}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id,
        name,
        status: 'revoked',
        revoked_at: new Date(clock.now()).toISOString(),
      });
      expect(body).not.toHaveProperty('key');
      const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key });
      await expect(
        openai.chat.completions.create({ ...QUESTION, model: 'gpt-4o-mini' }),
      ).rejects.toMatchObject({
        status: 401,
        code: 'invalid_api_key',
        message: expect.stringContaining('The API key was revoked at') as string,
      });
      clock.advance(1_000);
      expect((await admin.call('DELETE', `keys/${id}`)).body).toEqual(body);
      for (const [method, path] of [
        ['PATCH', ''],
        ['POST', '/rotate'],
      ] as const) {
        const refused = await admin.call(method, `keys/${id}${path}`, {});
        expect(refused.status).toBe(409);
        expect(refused.body).toMatchObject({ error: { code: 'conflict' } });
      }
      const next = await make({ name });
      expect(next.id).not.toBe(id);
      expect((await ask(next.key)).status).toBe(200);
    });
  });

  describe('listed', () => {
    test('are those of the configuration first, then the newest', async () => {
      const [first, second] = [await make(), await make()];
      const { status, body } = await admin.call('GET', 'keys');
      expect(status).toBe(200);
      const { data, next_cursor } = body as { data: Record<string, unknown>[]; next_cursor: string | null };
      expect(next_cursor).toBeNull();
      expect(data.slice(0, 2)).toMatchObject([
        { id: 'config:file', source: 'config', models: ['gpt-4o'], budget_usd: 1.5, created_at: null },
        { id: 'config:environment', source: 'config', models: ['*'], key_hint: null },
      ]);
      const ids = data.map(({ id }) => id);
      expect(ids).toContain(first.id);
      expect(ids).toContain(second.id);
      expect(data.every((key) => !('key' in key))).toBe(true);
      for (const secret of [first.key, 'secret-of-file', 'secret-of-environment']) {
        expect(JSON.stringify(body)).not.toContain(secret);
      }
    });

    test('page by page come each once', async () => {
      for (let count = 0; count < 4; count += 1) await make();
      const whole = (await admin.call('GET', 'keys')).body as { data: ShownKey[] };
      for (const limit of [1, 2, 3, 1000]) {
        const ids: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
          const { body } = await admin.call('GET', `keys?limit=${String(limit)}${query}`);
          const page = body as { data: ShownKey[]; next_cursor: string | null };
          expect(page.data.length).toBeGreaterThan(0);
          expect(page.data.length).toBeLessThanOrEqual(limit);
          ids.push(...page.data.map(({ id }) => id));
          cursor = page.next_cursor;
        }
        expect(ids).toEqual(whole.data.map(({ id }) => id));
      }
    });

    test.each([
      ['limit=0', /^limit: found "0", expected a whole number from 1 to 1000$/],
      ['limit=1001', /^limit: found "1001"/],
      ['limit=ten', /^limit: found "ten"/],
      ['limit=1&limit=2', /^limit: found a list/],
      ['cursor=nothing', /^cursor: found "nothing", expected the next_cursor of the page before$/],
      ['cursor=WzEsIlx1MDAwMCJd', /^cursor: found/],
      ['limt=5', /^limt: found an unknown parameter, expected a known one \(did you mean "limit"\?\)$/],
    ])('?%s is 400 that says what is wrong', async (query, message) => {
      const { status, body } = await admin.call('GET', `keys?${query}`);
      expect(status).toBe(400);
      expect((body as { error: { message: string } }).error.message).toMatch(message);
    });
  });

  describe('of the configuration', () => {
    test('are shown and not changed here', async () => {
      expect((await admin.call('GET', 'keys/config:file')).body).toMatchObject({
        name: 'file',
        source: 'config',
      });
      const tries = [
        ['PATCH', 'keys/config:file'],
        ['POST', 'keys/config:file/rotate'],
        ['DELETE', 'keys/config:file'],
      ] as const;
      for (const [method, path] of tries) {
        const { status, body } = await admin.call(method, path, method === 'DELETE' ? undefined : {});
        expect(status).toBe(409);
        expect(body).toMatchObject({
          error: {
            code: 'conflict',
            message: expect.stringContaining('comes from the configuration') as string,
          },
        });
      }
      expect((await ask('secret-of-file', 'gpt-4o')).status).toBe(200);
    });
  });

  test.each([
    ['GET', 'keys/nobody'],
    ['PATCH', 'keys/00000000-0000-4000-8000-000000000000'],
    ['POST', 'keys/%00/rotate'],
    ['DELETE', 'keys/config:nobody'],
    ['DELETE', 'keys'],
    ['PATCH', 'keys'],
  ])('%s /admin/%s is 404', async (method, path) => {
    const { status, body } = await admin.call(method, path, method === 'GET' ? undefined : {});
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { code: 'not_found' } });
  });

  test('need the admin key; a gateway key does not open them', async () => {
    const { key } = await make();
    for (const secret of [key, 'secret-of-file', 'wrong']) {
      expect((await new AdminClient(gateway.url, secret).call('GET', 'keys')).status).toBe(401);
    }
  });

  test('close a gateway without keys to callers on the same machine, also when all are revoked', async () => {
    const open = await start();
    try {
      const chat = (headers: Record<string, string> = {}): Promise<JsonAnswer> =>
        postJson(`${open.url}/v1/chat`, QUESTION, headers);
      const only = new AdminClient(open.url, ADMIN_KEY);
      expect((await chat()).status).toBe(200);
      const { id, key } = await only.makeKey({ name: 'first' });
      expect((await chat()).status).toBe(401);
      expect((await chat({ 'x-api-key': key })).status).toBe(200);
      await only.call('DELETE', `keys/${id}`);
      expect((await chat()).status).toBe(401);
      expect((await chat({ 'x-api-key': key })).status).toBe(401);
    } finally {
      await open.close();
    }
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** What a vendor's error means: whose fault it is, who rests for it, and what the caller reads of it. */

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const VENDORS = ['openai', 'anthropic', 'gemini'] as const;
type Vendor = (typeof VENDORS)[number];

let clock: ManualClock;
let gateway: RunningGateway;
let vendor: Simulator;
let backup: Simulator;

beforeEach(async () => {
  clock = new ManualClock();
  backup = await startSimulator({ format: 'openai', name: 'backup' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([vendor.close(), backup.close()]);
});

async function start(kind: Vendor, { alone = false } = {}): Promise<void> {
  vendor = await startSimulator({ format: kind, name: 'first' });
  const version = kind === 'gemini' ? 'v1beta' : 'v1';
  const common = { api_keys: ['key'], models: ['*'], max_retries: 2 };
  const first = { name: 'first', vendor: kind, base_url: `${vendor.url}/${version}`, model: 'm', ...common };
  const second = { name: 'second', vendor: 'openai', base_url: `${backup.url}/v1`, model: 'm', ...common };
  gateway = await startGateway({
    clock,
    yaml: JSON.stringify({ providers: alone ? [first] : [first, second] }),
  });
}

const ask = (body: object = {}): Promise<JsonAnswer> =>
  postJson(`${gateway.url}/v1/chat/completions`, { ...QUESTION, ...body });
const providerOf = ({ headers }: JsonAnswer): string | null => headers.get('x-sluice-provider');

async function expectNobodyRests(): Promise<void> {
  const { body } = await getJson(`${gateway.url}/health`);
  expect(body).toMatchObject({
    details: { first: { status: 'up', reason: null, keys: { total: 1, available: 1 } } },
  });
}

type Echo = (text: string) => object;

/** What each vendor says of a model that it does not have. */
const OF_MODELS: Readonly<Record<Vendor, readonly Echo[]>> = {
  openai: [
    (text) => ({ error: { message: `The model \`${text}\` does not exist`, code: 'model_not_found' } }),
    (text) => ({ error: { message: `${text} is not a valid model ID`, code: 400 } }),
  ],
  anthropic: [(text) => ({ type: 'error', error: { type: 'not_found_error', message: `model: ${text}` } })],
  gemini: [(text) => ({ error: { code: 404, message: `models/${text} is not found`, status: 'NOT_FOUND' } })],
};

/** What each vendor says of other things that it does not take. */
const OF_OTHERS: Readonly<Record<Vendor, readonly Echo[]>> = {
  openai: [
    (text) => ({ error: { message: `Tool choice '${text}' not found in 'tools' parameter.`, param: text } }),
    (text) => ({ error: { message: `Unrecognized request argument supplied: ${text}`, param: text } }),
  ],
  anthropic: [
    (text) => ({
      type: 'error',
      error: { type: 'invalid_request_error', message: `${text}: Extra inputs are not permitted` },
    }),
  ],
  gemini: [
    (text) => ({
      error: { code: 400, message: `Unknown name "${text}": Cannot find field.`, status: 'INVALID_ARGUMENT' },
    }),
  ],
};

const TEXTS = [
  'insufficient_quota',
  'invalid_api_key',
  'API_KEY_INVALID',
  'Your credit balance is too low',
  'This organization has been disabled',
  'enable billing',
  '余额不足',
  'model',
];

describe('what a caller writes and a vendor repeats', () => {
  const said = async (status: number, body: object, request: object, text: string): Promise<void> => {
    vendor.behave({ kind: 'status', status, body });
    await ask(request);
    await vendor.clear();
    const { status: seen } = await ask();
    expect([text, status, seen]).toEqual([text, status, 200]);
  };

  test.each(VENDORS)('as the name of a model takes no key from others (%s)', async (kind) => {
    await start(kind, { alone: true });
    for (const echo of OF_MODELS[kind])
      for (const text of TEXTS)
        for (const status of [400, 403, 404, 422])
          await said(status, echo(text), { model: `first/${text}` }, text);
  });

  test.each(VENDORS)('as anything else rests nobody (%s)', async (kind) => {
    await start(kind, { alone: true });
    for (const echo of OF_OTHERS[kind])
      for (const text of TEXTS)
        for (const status of [400, 403, 422]) await said(status, echo(text), { user: text }, text);
    await expectNobodyRests();
  });

  test('hides no real refusal: a conversation may speak of the very words', async () => {
    const words = 'Your credit balance is too low to access the Anthropic API.';
    await start('anthropic');
    vendor.behave('insufficient-quota');
    const messages = [{ role: 'user', content: `What does "${words}" mean?` }];
    expect(providerOf(await ask({ messages }))).toBe('second');
    await ask();
    expect(vendor.requests).toHaveLength(1);
  });
});

describe('a 404 of something else than the model', () => {
  test.each([
    { error: { message: "Item with id 'rs_1' not found.", param: 'input', code: null } },
    { error: { message: 'Previous response not found.', code: 'previous_response_not_found' } },
  ])('is the request’s: %j', async (body) => {
    await start('openai');
    vendor.behave({ kind: 'status', status: 404, body }, { times: 1 });
    expect((await ask()).status).toBe(404);
    await expectNobodyRests();
    expect(providerOf(await ask())).toBe('first');
  });

  test('that says what no server of the model takes moves on, and nobody rests', async () => {
    await start('openai');
    const message = 'No endpoints found that support image input';
    vendor.behave({ kind: 'status', status: 404, body: { error: { message, code: 404 } } }, { times: 1 });
    expect(providerOf(await ask())).toBe('second');
    expect(providerOf(await ask())).toBe('first');
  });
});

describe('a 403 that concerns no key', () => {
  test('comes with the vendor’s words in the caller’s format', async () => {
    await start('openai', { alone: true });
    const message = 'This request was refused by policy 7.';
    vendor.behave({ kind: 'status', status: 403, body: { error: { message, type: 'forbidden' } } });
    const { status, body } = await postJson(`${gateway.url}/v1/messages`, { ...QUESTION, max_tokens: 9 });
    expect([status, body]).toEqual([
      403,
      expect.objectContaining({ type: 'error', error: { type: 'permission_error', message } }),
    ]);
    await expectNobodyRests();
  });

  test('is no page for the caller to read', async () => {
    await start('openai', { alone: true });
    const page = '<html><head><title>Attention required</title></head><body>Ray 1, moderation</body></html>';
    vendor.behave({ kind: 'status', status: 403, body: page, contentType: 'text/html' });
    const { status, body } = await ask();
    expect(status).toBe(502);
    expect(body).toMatchObject({ error: { code: 'upstream_error' } });
    expect(JSON.stringify(body)).not.toMatch(/<|Attention|Ray/);
    await expectNobodyRests();
  });
});

describe('what a vendor says of the next time', () => {
  test('x-should-retry: false beside a short wait: the same target is not asked again', async () => {
    await start('openai', { alone: true });
    const headers = { 'x-should-retry': 'false', 'retry-after': '1' };
    for (const status of [429, 503]) {
      vendor.behave({ kind: 'status', status, body: {}, headers }, { times: 1 });
      expect((await ask()).status).toBe(status);
      clock.advance(2_000);
      expect((await ask()).status).toBe(200);
    }
    expect(vendor.requests).toHaveLength(4);
  });

  test.each(['0', '-5', '0.0', 'NaN', 'soon', 'Wed, 31 Dec 1997 00:00:00 GMT'])(
    'retry-after: %s is none',
    async (hint) => {
      await start('openai');
      vendor.behave({
        kind: 'status',
        status: 529,
        body: {},
        headers: { 'retry-after': hint, 'x-should-retry': 'false' },
      });
      expect(providerOf(await ask())).toBe('second');
      const { body } = await getJson(`${gateway.url}/health`);
      expect(body).toMatchObject({
        details: { first: { cooling_until: new Date(clock.now() + 60_000).toISOString() } },
      });
    },
  );

  test('nobody rests for more than a day', async () => {
    await start('openai');
    vendor.behave({ kind: 'status', status: 503, body: {}, headers: { 'retry-after': '9999999' } });
    expect(providerOf(await ask())).toBe('second');
    const { body } = await getJson(`${gateway.url}/health`);
    expect(body).toMatchObject({
      details: { first: { cooling_until: new Date(clock.now() + 86_400_000).toISOString() } },
    });
  });
});

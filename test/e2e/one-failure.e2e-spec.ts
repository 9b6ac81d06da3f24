import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SettingsHolder } from '../../src/config/settings-holder.js';
import type { Fault } from '../simulator/fault.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, postStream } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** One failure is no outage: what ambiguous failures do, and that nobody is refused for long without a call. */

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const SECOND = 1_000;

/** As real clocks do, it goes on a little with each look; and the time of day can be corrected. */
class JumpingClock extends ManualClock {
  jumpMs = 0;
  private looks = 0;

  override monotonic(): number {
    this.looks++;
    return super.monotonic() + this.looks / 10_000;
  }

  override now(): number {
    return super.now() + this.jumpMs;
  }
}

let clock: JumpingClock;
let one: Simulator;
let two: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new JumpingClock();
  one = await startSimulator({ format: 'openai', name: 'one' });
  two = await startSimulator({ format: 'openai', name: 'two' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close()]);
});

interface Setting {
  readonly count?: 1 | 2;
  readonly provider?: object;
  readonly routing?: object;
}

const yamlOf = ({ count = 2, provider = {}, routing = {} }: Setting): string => {
  const providers = [one, two].slice(0, count).map(({ url }, index) => ({
    name: index === 0 ? 'one' : 'two',
    vendor: 'openai',
    base_url: `${url}/v1`,
    api_keys: ['key'],
    model: 'small',
    max_retries: 0,
    ...provider,
  }));
  return JSON.stringify({ providers, routing });
};

async function start(setting: Setting = {}): Promise<void> {
  gateway = await startGateway({ clock, yaml: yamlOf(setting) });
}

const ask = (body: object = {}) => postJson(`${gateway.url}/v1/chat/completions`, { ...QUESTION, ...body });
const stream = () => postStream(`${gateway.url}/v1/chat/completions`, { ...QUESTION, stream: true });
const statuses = async (count: number): Promise<number[]> => {
  const seen: number[] = [];
  for (let index = 0; index < count; index++) seen.push((await ask()).status);
  return seen;
};
const reasonOf = async (name: string): Promise<unknown> => {
  const { body } = await getJson(`${gateway.url}/health`);
  return (body as { details: Record<string, { reason: unknown }> }).details[name]?.reason;
};

const AMBIGUOUS: readonly (readonly [name: string, fault: Fault | string])[] = [
  ['500', 'status-500'],
  ['502 with a page', 'status-502'],
  ['504', 'status-504'],
  ['408', 'status-408'],
  ['409', 'status-409'],
  ['a reset in the middle of an answer', 'reset-1'],
  ['an answer that breaks off', 'cut-1'],
  ['a page of HTML', 'html'],
  ['JSON that breaks off', 'bad-json'],
];
const CLEAR: readonly (readonly [name: string, fault: Fault | string])[] = [
  ['503', 'status-503'],
  ['529', 'status-529'],
  ['429', 'status-429'],
  ['401', 'status-401'],
  ['402', 'status-402'],
];

describe('a target that has answered within the last minute', () => {
  test.each(AMBIGUOUS)('does not rest after one failure that may be the request’s (%s)', async (_, fault) => {
    await start();
    await ask();
    one.behave(fault, { times: 1 });
    expect((await ask()).status).toBe(200);
    expect(two.requests).toHaveLength(1);
    expect(await reasonOf('one')).toBeNull();
    await ask();
    expect(one.requests).toHaveLength(3);
  });

  test.each(AMBIGUOUS)(
    'rests after two of different requests without a success between (%s)',
    async (_, fault) => {
      await start();
      await ask();
      one.behave(fault);
      await ask();
      await ask();
      expect(await reasonOf('one')).toEqual(expect.any(String));
      await ask();
      expect(one.requests).toHaveLength(3);
    },
  );

  test.each(CLEAR)('rests at once after a clear statement (%s)', async (_, fault) => {
    await start();
    await ask();
    one.behave(fault, { times: 1 });
    await ask();
    expect(await reasonOf('one')).toEqual(expect.any(String));
  });

  test('a success between takes the count back', async () => {
    await start();
    one.script(['ok', 'status-500', 'ok', 'status-500', 'ok', 'status-500']);
    expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(one.requests).toHaveLength(6);
    expect(await reasonOf('one')).toBeNull();
  });

  test('repeats of one request count once', async () => {
    await start({ provider: { max_retries: 2 } });
    await ask();
    one.behave('status-500', { times: 3 });
    await ask();
    expect(one.requests).toHaveLength(4);
    expect(await reasonOf('one')).toBeNull();
  });

  test('failures_before_cooldown says how many', async () => {
    await start({ routing: { failures_before_cooldown: 4 } });
    await ask();
    one.behave('status-500');
    await statuses(3);
    expect(await reasonOf('one')).toBeNull();
    await ask();
    expect(await reasonOf('one')).toBe('500 Internal Server Error');
  });

  test('a stream that breaks after content counts as one failure, and a whole one takes it back', async () => {
    await start();
    await stream();
    one.script(['cut-2', 'ok', 'cut-2']);
    for (let index = 0; index < 3; index++) await stream();
    expect(await reasonOf('one')).toBeNull();
    one.behave('cut-2');
    await stream();
    expect(await reasonOf('one')).toEqual(expect.any(String));
  });
});

test('a target that answered longer ago rests at the first failure', async () => {
  await start();
  await ask();
  clock.advance(61 * SECOND);
  one.behave('status-500', { times: 1 });
  await ask();
  expect(await reasonOf('one')).toBe('500 Internal Server Error');
});

test('two requests that every vendor answers with 500 leave it to others to be served', async () => {
  await start();
  await ask();
  await ask({ model: 'two/small' });
  one.behave('status-500', { times: 2 });
  two.behave('status-500', { times: 2 });
  expect(await statuses(2)).toEqual([502, 502]);
  clock.advance(SECOND);
  expect((await ask()).status).toBe(200);
});

describe('nobody is refused without a call', () => {
  test('a provider that stands alone and stumbles is asked again after a second, and is back', async () => {
    await start({ count: 1 });
    one.behave('status-500', { times: 1 });
    expect((await ask()).status).toBe(502);
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    clock.advance(SECOND);
    expect(await statuses(3)).toEqual([200, 200, 200]);
    expect(await reasonOf('one')).toBeNull();
  });

  test('one that stays down is asked after 1, 2, 4 ... seconds, at most every cooldown', async () => {
    await start({ count: 1 });
    one.behave('status-500');
    await ask();
    const begun = clock.now();
    const askedAt: number[] = [];
    for (let second = 1; second <= 250; second++) {
      clock.advance(SECOND);
      const before = one.requests.length;
      const { status, headers } = await ask();
      if (one.requests.length > before) askedAt.push((clock.now() - begun) / SECOND);
      else expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
    }
    expect(askedAt).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  test('one request at a time is let through; the others are told when', async () => {
    await start({ count: 1 });
    one.behave('status-500', { times: 1 });
    await ask();
    clock.advance(SECOND);
    one.behave('silent', { times: 1 });
    one.clearLog();
    const trial = ask();
    await one.waitForRequest();
    const others = await Promise.all([ask(), ask(), ask()]);
    expect(others.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual(
      Array(3).fill([503, '1']),
    );
    expect(one.requests).toHaveLength(1);
    clock.advance(10 * 60 * SECOND);
    expect((await trial).status).toBe(504);
  });

  test('of two the one is asked whose rest ends first', async () => {
    await start();
    one.behave('status-500', { times: 1 });
    await ask();
    clock.advance(SECOND / 2);
    two.behave('reset-1', { times: 2 });
    expect((await ask()).status).toBe(502);
    expect((await ask()).status).toBe(502);
    clock.advance(SECOND);
    const answer = await ask();
    expect([answer.status, answer.headers.get('x-sluice-provider')]).toEqual([200, 'one']);
  });

  test('a refused connection is tried again as early', async () => {
    await start({ count: 1 });
    one.refuse();
    expect((await ask()).status).toBe(502);
    await one.restore();
    expect((await ask()).status).toBe(503);
    clock.advance(SECOND);
    expect((await ask()).status).toBe(200);
  });

  test('who says clearly that it does not serve is believed until its rest is over', async () => {
    await start({ count: 1 });
    one.behave('status-503', { times: 1 });
    await ask();
    clock.advance(30 * SECOND);
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    expect(one.requests).toHaveLength(1);
  });
});

describe('counting is not chatting', () => {
  const PROMPT = { ...QUESTION, model: 'small', max_tokens: 10 };
  const count = () => postJson(`${gateway.url}/v1/messages/count_tokens`, PROMPT);
  const withBody = (status: number, body: object | string): Fault => ({ kind: 'status', status, body });

  beforeEach(async () => {
    await one.close();
    one = await startSimulator({ format: 'anthropic', name: 'one' });
  });

  test.each<readonly [string, Fault | string]>([
    ['404', 'status-404'],
    ['405', 'status-405'],
    ['500', 'status-500'],
    ['501', 'status-501'],
    ['503', 'status-503'],
    ['429', 'status-429'],
    ['429 that says how long', 'status-429;retry-after=40'],
    ['401', 'status-401'],
    ['403 with a page', withBody(403, '<html>blocked</html>')],
    ['200 with another body', withBody(200, { object: 'list' })],
    ['200 without JSON', withBody(200, 'ok')],
    ['200 with null', withBody(200, 'null')],
    ['a reset in the middle of an answer', 'reset-1'],
  ])('a vendor that answers a count with %s: an estimate, and nobody rests', async (_, fault) => {
    await start({ count: 1, provider: { vendor: 'anthropic' } });
    one.behave(fault, { times: 1 });
    const { status, body, headers } = await count();
    expect([status, headers.get('x-sluice-estimated')]).toEqual([200, 'true']);
    expect(body).toMatchObject({ input_tokens: expect.any(Number) as number, estimated: true });
    expect(one.requests).toHaveLength(1);
    expect(await reasonOf('one')).toBeNull();
    expect((await postJson(`${gateway.url}/v1/messages`, PROMPT)).status).toBe(200);
  });

  test('a vendor that says nothing to it is not waited for', async () => {
    await start({ count: 1, provider: { vendor: 'anthropic' } });
    one.behave('silent', { times: 1 });
    const counting = count();
    await one.waitForRequest();
    clock.advance(10 * SECOND);
    expect((await counting).body).toMatchObject({ estimated: true });
    expect(await reasonOf('one')).toBeNull();
  });

  test('a count is no trial of who rests: it is estimated', async () => {
    await start({ count: 1, provider: { vendor: 'anthropic' } });
    one.behave('status-500', { times: 1 });
    await postJson(`${gateway.url}/v1/messages`, PROMPT);
    clock.advance(SECOND);
    expect((await count()).body).toMatchObject({ estimated: true });
    expect(one.requests).toHaveLength(1);
  });

  test('what is wrong with the request is said', async () => {
    await start({ count: 1, provider: { vendor: 'anthropic' } });
    one.behave(
      withBody(400, { type: 'error', error: { type: 'invalid_request_error', message: 'messages: no' } }),
    );
    expect(await count()).toMatchObject({ status: 400, body: { error: { message: 'messages: no' } } });
  });
});

describe('a reload', () => {
  const reload = (setting: Setting) => {
    const holder = gateway.app.get(SettingsHolder, { strict: false });
    return startGateway({ yaml: yamlOf(setting) }).then(async (other) => {
      holder.replace(other.app.get(SettingsHolder, { strict: false }).current);
      await other.close();
    });
  };

  test.each<readonly [string, object]>([
    ['an address', { base_url: '' }],
    ['a key', { api_keys: ['another'] }],
    ['a timeout', { timeout: '99s' }],
    ['a header', { headers: { 'x-team': 'a' } }],
  ])('that changes %s ends the rests of its provider', async (_, change) => {
    await start({ count: 1 });
    one.behave('status-401', { times: 1 });
    await ask();
    const repaired = 'base_url' in change ? { base_url: `${two.url}/v1` } : change;
    await reload({ count: 1, provider: repaired });
    expect((await ask()).status).toBe(200);
  });

  test('that leaves the provider as it is ends none', async () => {
    await start({ count: 1 });
    one.behave('status-401', { times: 1 });
    await ask();
    await reload({
      count: 1,
      routing: { max_attempts: 9 },
      provider: { prices: { small: { input: 1, output: 1 } } },
    });
    expect((await ask()).status).toBe(503);
  });
});

test.each([-3_600_000, 3_600_000])(
  'a correction of the machine’s clock by %i ms changes no rest',
  async (jumpMs) => {
    await start({ count: 1 });
    one.behave('status-503', { times: 1 });
    await ask();
    clock.jumpMs = jumpMs;
    expect((await ask()).status).toBe(503);
    const { body } = await getJson(`${gateway.url}/health`);
    expect(body).toMatchObject({ details: { one: { cooling_until: expect.any(String) as string } } });
    clock.advance(59 * SECOND);
    expect((await ask()).status).toBe(503);
    clock.advance(SECOND);
    expect((await ask()).status).toBe(200);
  },
);

describe('what a caller writes', () => {
  test.each(['insufficient_quota', 'invalid_api_key', 'rate_limit_exceeded', 'overloaded_error', '余额不足'])(
    'steers nobody to rest: a model named %s that the vendor does not have',
    async (model) => {
      await start({ count: 1, provider: { models: ['*'] } });
      const body = { error: { message: `The model ${model} does not exist`, type: 'invalid_request_error' } };
      for (const status of [404, 400, 403]) {
        one.behave({ kind: 'status', status, body }, { model, times: 1 });
        expect((await ask({ model })).status).toBeGreaterThanOrEqual(400);
      }
      const { body: seen } = await getJson(`${gateway.url}/health`);
      expect(seen).toMatchObject({ details: { one: { status: 'up', keys: { total: 1, available: 1 } } } });
      expect((await ask()).status).toBe(200);
    },
  );
});

describe('a 400', () => {
  const refused: Fault = {
    kind: 'status',
    status: 400,
    body: {
      error: { message: "Unexpected role 'developer'", type: 'invalid_request_error', param: 'messages' },
    },
  };

  test('of a body that the gateway wrote moves on to the next, and nobody rests', async () => {
    await start();
    one.behave(refused);
    const { status, headers } = await postJson(`${gateway.url}/v1/messages`, { ...QUESTION, max_tokens: 9 });
    expect([status, headers.get('x-sluice-provider')]).toEqual([200, 'two']);
    expect(await reasonOf('one')).toBeNull();
  });

  test('of such bodies everywhere is the last one’s, with its words', async () => {
    await start();
    one.behave(refused);
    two.behave({
      kind: 'status',
      status: 422,
      body: { error: { message: 'tools: too many', param: 'tools' } },
    });
    const { status, body } = await postJson(`${gateway.url}/v1/messages`, { ...QUESTION, max_tokens: 9 });
    expect([status, body]).toEqual([
      422,
      expect.objectContaining({ error: { type: 'invalid_request_error', message: 'tools: too many' } }),
    ]);
  });

  test('of the caller’s own body is the caller’s', async () => {
    await start();
    one.behave(refused);
    const { status } = await ask();
    expect([status, two.requests.length]).toEqual([400, 0]);
  });

  test('that names nothing is the caller’s', async () => {
    await start();
    one.behave({ kind: 'status', status: 400, body: { error: { message: 'Bad Request' } } });
    const { status } = await postJson(`${gateway.url}/v1/messages`, { ...QUESTION, max_tokens: 9 });
    expect([status, two.requests.length]).toEqual([400, 0]);
  });
});

test('x-should-retry: false of a vendor is obeyed: it is not asked again', async () => {
  await start({ provider: { max_retries: 2 } });
  one.behave({ kind: 'status', status: 500, body: {}, headers: { 'x-should-retry': 'false' } });
  expect((await ask()).status).toBe(200);
  expect([one.requests.length, two.requests.length]).toEqual([1, 1]);
});

test('a schema that a target would only approximate goes to one that enforces it', async () => {
  await start({ provider: { vendor: 'deepseek' } });
  const schema = { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } };
  expect((await ask({ response_format: schema })).headers.get('x-sluice-provider')).toBe('one');
  await gateway.close();
  const providers = [
    { name: 'one', vendor: 'deepseek', base_url: `${one.url}/v1`, api_keys: ['key'], model: 'small' },
    { name: 'two', vendor: 'openai', base_url: `${two.url}/v1`, api_keys: ['key'], model: 'small' },
  ];
  gateway = await startGateway({ clock, yaml: JSON.stringify({ providers }) });
  expect((await ask({ response_format: schema })).headers.get('x-sluice-provider')).toBe('two');
  expect((await ask()).headers.get('x-sluice-provider')).toBe('one');
});

import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { HandVendor } from '../support/hand-vendor.js';
import { getJson, postJson, postStream } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** How long a vendor is waited for, with the defaults and with options of one model. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c1', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const ROLE = chunk({ role: 'assistant', content: '' });
const ANSWER = `${chunk({ content: 'Hello' })}${chunk({}, 'stop')}data: [DONE]\n\n`;
const WHOLE = JSON.stringify({
  id: 'c1',
  object: 'chat.completion',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

let clock: ManualClock;
let hand: HandVendor;
let other: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  other = await startSimulator({ format: 'openai', name: 'other', answer: 'From the other' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([hand.close(), other.close()]);
});

interface Setting {
  readonly sendsHead?: boolean;
  readonly provider?: object;
  readonly withOther?: boolean;
}

async function start({ sendsHead = false, provider = {}, withOther = true }: Setting = {}): Promise<void> {
  hand = new HandVendor(sendsHead);
  await hand.listen();
  const common = { api_keys: ['key'], max_retries: 0 };
  gateway = await startGateway({
    clock,
    yaml: JSON.stringify({
      providers: [
        {
          name: 'hand',
          vendor: 'openai-compatible',
          base_url: `${hand.url}/v1`,
          model: 'm',
          models: ['*'],
          ...common,
          ...provider,
        },
        ...(withOther
          ? [{ name: 'other', vendor: 'openai', base_url: `${other.url}/v1`, model: 'small', ...common }]
          : []),
      ],
      routing: {
        routes: [{ name: 'auto', targets: withOther ? ['hand', 'other'] : ['hand'] }],
      },
    }),
  });
}

const url = (): string => `${gateway.url}/v1/chat/completions`;
const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const stream = (more: object = {}) => postStream(url(), { ...QUESTION, stream: true, ...more });
const whole = (more: object = {}) => postJson(url(), { ...QUESTION, ...more });

/** The gateway has read what was sent to it before: it answers in order. */
async function isRead(): Promise<void> {
  for (let index = 0; index < 3; index++) await getJson(`${gateway.url}/health/live`);
}

async function say(vendor: ServerResponse, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    vendor.write(text, () => {
      resolve();
    });
  });
  await isRead();
}

async function nobodyRests(): Promise<void> {
  const { body } = await getJson(`${gateway.url}/health`);
  const { details } = body as { details: Record<string, { cooling_until?: string | null }> };
  expect(details['hand']).toMatchObject({ status: 'up', cooling_until: null });
  expect(gateway.logs.matching({ message: 'attempt failed' })).toEqual([]);
}

describe('a slow vendor that lives', () => {
  test.each([
    ['40 s', 40 * SECOND],
    ['nearly ten minutes', 10 * MINUTE - 1],
  ])('has %s for a whole answer', async (_name, milliseconds) => {
    await start();
    const answer = whole();
    const vendor = await hand.answer();
    clock.advance(milliseconds);
    vendor.writeHead(200, { 'content-type': 'application/json' }).end(WHOLE);
    expect(await answer).toMatchObject({
      status: 200,
      body: { choices: [{ message: { content: 'Hello' } }] },
    });
    await nobodyRests();
  });

  test('may send blank lines before a whole answer', async () => {
    await start();
    const answer = whole();
    const vendor = await hand.answer();
    vendor.writeHead(200, { 'content-type': 'application/json' });
    for (let index = 0; index < 9; index++) {
      await say(vendor, '\n\n');
      clock.advance(MINUTE);
    }
    vendor.end(WHOLE);
    expect(await answer).toMatchObject({
      status: 200,
      body: { choices: [{ message: { content: 'Hello' } }] },
    });
    await nobodyRests();
  });

  test.each([
    ['a head', ''],
    ['a role chunk', ROLE],
    ['a comment', ': keep-alive\n\n'],
    ['a blank line', '\n'],
  ])('has nearly ten minutes for its first content after %s', async (_name, sign) => {
    await start({ sendsHead: true });
    const answer = stream();
    const vendor = await hand.answer();
    if (sign === '') await isRead();
    else await say(vendor, sign);
    clock.advance(10 * MINUTE - 1);
    vendor.end(ANSWER);
    expect((await answer).text).toContain('Hello');
    await nobodyRests();
  });

  test('may go on with comments until then', async () => {
    await start({ sendsHead: true });
    const answer = stream();
    const vendor = await hand.answer();
    for (let index = 0; index < 9; index++) {
      await say(vendor, ': keep-alive\n\n');
      clock.advance(MINUTE);
    }
    vendor.end(ANSWER);
    expect((await answer).text).toContain('Hello');
    await nobodyRests();
  });

  test('is given up when its time is over', async () => {
    await start({ sendsHead: true });
    const answer = stream();
    await say(await hand.answer(), ROLE);
    clock.advance(10 * MINUTE - 1);
    await isRead();
    expect(other.requests).toHaveLength(0);
    clock.advance(1);
    expect((await answer).text).toContain('From the other'.split(' ')[0]);
    expect(other.requests).toHaveLength(1);
  });

  test.each([
    ['that the request asks for', { reasoning_effort: 'high' }],
    ['that the model does by itself', { model: 'hand/qwq-32b' }],
  ])('may be silent while it reasons, %s', async (_name, more) => {
    await start();
    const answer = stream(more);
    const vendor = await hand.answer();
    clock.advance(10 * MINUTE - 1);
    vendor.writeHead(200, { 'content-type': 'text/event-stream' }).end(ANSWER);
    expect((await answer).text).toContain('Hello');
    await nobodyRests();
  });
});

test('a whole answer is waited for until its time is over', async () => {
  await start();
  const answer = whole();
  await hand.answer();
  clock.advance(10 * MINUTE);
  expect((await answer).headers.get('x-sluice-provider')).toBe('other');
});

describe('a vendor that sends nothing at all of a stream', () => {
  test('is given up after first_token_timeout', async () => {
    await start();
    const answer = stream();
    await hand.answer();
    clock.advance(MINUTE - 1);
    await isRead();
    expect(other.requests).toHaveLength(0);
    clock.advance(1);
    expect((await answer).text).toContain('other');
    expect(other.requests).toHaveLength(1);
    const [failed] = gateway.logs.matching({ message: 'attempt failed' });
    expect(failed?.message).toMatchObject({ reason: 'no first token within 60 s' });
  });

  test('also where the request says that nothing is to be reasoned', async () => {
    await start();
    const answer = stream({ model: 'hand/qwq-32b', reasoning_effort: 'none' });
    await hand.answer();
    clock.advance(MINUTE);
    expect((await answer).text).toContain('upstream_timeout');
  });
});

describe('options of a model', () => {
  const WITH_OPTIONS = {
    provider: {
      headers: { 'x-team': 'blue', 'x-model': 'none' },
      body: { default: { top_p: 0.5 }, remove: ['user'] },
      model_options: {
        'slow*': { timeout: '20m', first_token_timeout: '15m', headers: { 'X-Model': 'slow' } },
        'slow-2': {
          idle_timeout: '2m',
          body: {
            set: { seed: 7, chat_template_kwargs: { thinking: false } },
            default: { top_k: 3 },
            remove: ['stop'],
          },
        },
      },
    },
  };

  test('go over those of the provider, by pattern and by name', async () => {
    await start(WITH_OPTIONS);
    const answer = stream({ model: 'hand/slow-2' });
    const vendor = await hand.answer();
    clock.advance(14 * MINUTE);
    vendor.writeHead(200, { 'content-type': 'text/event-stream' });
    await say(vendor, ROLE);
    clock.advance(5 * MINUTE);
    await say(vendor, chunk({ content: 'Hel' }));
    clock.advance(2 * MINUTE - 1);
    vendor.end(`${chunk({ content: 'lo' })}${chunk({}, 'stop')}data: [DONE]\n\n`);
    expect((await answer).text).toContain('"lo"');
    await nobodyRests();
  });

  test('leave other models alone', async () => {
    await start(WITH_OPTIONS);
    const answer = stream({ model: 'hand/m' });
    await hand.answer();
    clock.advance(MINUTE);
    expect((await answer).text).toContain('upstream_timeout');
  });

  test('say which members and headers the vendor gets', async () => {
    await start(WITH_OPTIONS);
    const asked = {
      model: 'hand/slow-2',
      user: 'u',
      stop: 'x',
      top_k: 9,
      chat_template_kwargs: { thinking: true, more: 1 },
      big: 12345678901234567890n.toString(),
    };
    const answer = whole(asked);
    const vendor = await hand.answer();
    vendor.writeHead(200, { 'content-type': 'application/json' }).end(WHOLE);
    const { headers } = await answer;
    expect(JSON.parse(hand.bodies[0]!)).toEqual({
      ...QUESTION,
      model: 'slow-2',
      top_k: 9,
      top_p: 0.5,
      seed: 7,
      chat_template_kwargs: { thinking: false, more: 1 },
      big: '12345678901234567890',
    });
    expect(headers.get('x-sluice-dropped')).toBe('user,stop');
    expect(hand.headers[0]).toMatchObject({ 'x-team': 'blue', 'x-model': 'slow' });
  });

  test('say how often the vendor is asked again', async () => {
    await start({ withOther: false, provider: { model_options: { twice: { max_retries: 1 } } } });
    for (const [model, times] of [
      ['hand/m', 1],
      ['hand/twice', 2],
    ] as const) {
      const before = hand.callCount;
      const answer = whole({ model });
      for (let index = 0; index < times; index++) (await hand.answer(before + index)).writeHead(500).end();
      expect((await answer).status).toBe(502);
      expect(hand.callCount - before).toBe(times);
    }
  });
});

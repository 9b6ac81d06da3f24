import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import {
  CALLER_FORMATS,
  CALLER_PATHS,
  readCallerAnswer,
  toCallerBody,
  type CallerFormat,
} from '../support/caller-formats.js';
import { HandVendor } from '../support/hand-vendor.js';
import { getJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** A stream's head and first sign of life, before there is any content. */

const SIGNS: Readonly<Record<CallerFormat, string>> = {
  chat: ': keep-alive\n\n',
  simple: ': keep-alive\n\n',
  responses: ': keep-alive\n\n',
  messages: 'event: ping\ndata: {"type": "ping"}\n\n',
};

let clock: ManualClock;
let hand: HandVendor;
let other: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  hand = new HandVendor(false);
  await hand.listen();
  other = await startSimulator({ format: 'openai', name: 'other' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([hand.close(), other.close()]);
});

async function start(route: object = {}, routing: object = {}): Promise<void> {
  const common = { api_keys: ['key'], model: 'm', max_retries: 0 };
  gateway = await startGateway({
    clock,
    yaml: JSON.stringify({
      providers: [
        { name: 'hand', vendor: 'openai-compatible', base_url: `${hand.url}/v1`, ...common },
        { name: 'other', vendor: 'openai', base_url: `${other.url}/v1`, ...common },
      ],
      routing: { routes: [{ name: 'auto', targets: ['hand', 'other'], ...route }], ...routing },
    }),
  });
}

function post(format: CallerFormat, model = 'auto'): Promise<Response> {
  return fetch(`${gateway.url}${CALLER_PATHS[format]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toCallerBody(format, model, true, 'hi')),
  });
}

async function isRead(): Promise<void> {
  for (let index = 0; index < 3; index++) await getJson(`${gateway.url}/health/live`);
}

/** Whether its head has come. */
async function hasBegun(asked: Promise<Response>): Promise<boolean> {
  let begun = false;
  void asked.then(
    () => (begun = true),
    () => undefined,
  );
  await isRead();
  return begun;
}

describe.each(CALLER_FORMATS)('a caller of %s', (format) => {
  test('gets a head and a sign of life within 15 s, and the answer of whoever gives one', async () => {
    await start();
    const asked = post(format);
    const vendor = await hand.answer();
    clock.advance(14_999);
    expect(await hasBegun(asked)).toBe(false);
    clock.advance(1);
    const response = await asked;
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-sluice-provider')).toBeNull();
    expect(response.headers.get('x-sluice-model')).toBeNull();
    vendor.writeHead(500).end();
    const text = await response.text();
    expect(text.startsWith(SIGNS[format])).toBe(true);
    expect(readCallerAnswer(format, 200, true, text)).toMatchObject({ end: 'whole' });
    expect(other.requests).toHaveLength(1);
  });

  test('is told of a failure by an event once a sign has gone out', async () => {
    await start({ targets: ['hand'] });
    const asked = post(format);
    const vendor = await hand.answer();
    clock.advance(15_000);
    const response = await asked;
    vendor.writeHead(500).end();
    const answer = readCallerAnswer(format, response.status, true, await response.text());
    expect(answer).toMatchObject({ end: 'error', content: '' });
    expect(answer.error).not.toBe('untyped');
  });

  test('gets a status as long as nothing has gone out', async () => {
    await start({ targets: ['hand'] });
    const asked = post(format);
    const vendor = await hand.answer();
    clock.advance(14_999);
    vendor.writeHead(500).end();
    expect((await asked).status).toBe(format === 'simple' ? 503 : 502);
  });
});

describe('a route', () => {
  test('that wants no early sign gives none', async () => {
    await start({ targets: ['hand'], early_keep_alive: 'off' });
    const asked = post('chat');
    const vendor = await hand.answer();
    clock.advance(50_000);
    expect(await hasBegun(asked)).toBe(false);
    vendor.writeHead(500).end();
    expect((await asked).status).toBe(502);
  });

  test('says when the first sign goes out at the latest', async () => {
    await start({ targets: ['hand'], early_keep_alive: '3s' });
    const asked = post('chat');
    const vendor = await hand.answer();
    clock.advance(3_000);
    const response = await asked;
    vendor.writeHead(500).end();
    expect(await response.text()).toMatch(/^: keep-alive\n\n/);
  });

  test('gives none as long as nobody has been asked', async () => {
    await start({ targets: ['other'] }, { max_wait: '40s' });
    other.behave({ kind: 'status', status: 503, retryAfter: 30 }, { times: 1 });
    expect((await post('chat')).status).toBe(503);
    clock.holdSleeps = true;
    const asked = post('chat');
    await isRead();
    clock.advance(16_000);
    expect(await hasBegun(asked)).toBe(false);
    expect(other.requests).toHaveLength(1);
    clock.advance(14_000);
    const response = await asked;
    expect(response.headers.get('x-sluice-provider')).toBe('other');
    expect(await response.text()).toContain('[DONE]');
  });
});

test('a request for one provider has an early sign too', async () => {
  await start();
  const asked = post('chat', 'hand/m');
  const vendor = await hand.answer();
  clock.advance(15_000);
  const response = await asked;
  vendor.writeHead(500).end();
  expect(await response.text()).toContain(': keep-alive');
});

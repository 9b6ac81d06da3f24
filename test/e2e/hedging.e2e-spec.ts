import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** A route with `hedge_after`: the next target is started beside a slow one, and the first content wins. */

const HEDGE_MS = 3000;
const TIMEOUT_MS = 30_000;
/** What a closed socket may take to be seen on a machine that is busy with other things. */
const AT_ONCE_MS = 1000;

let clock: ManualClock;
let one: Simulator;
let two: Simulator;
let three: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  one = await startSimulator({ format: 'openai', name: 'one' });
  two = await startSimulator({ format: 'anthropic', name: 'two' });
  three = await startSimulator({ format: 'openai', flavour: 'deepseek', name: 'three' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close(), three.close()]);
});

interface Setting {
  readonly targets?: readonly string[];
  readonly routing?: Readonly<Record<string, unknown>>;
  readonly retries?: number;
}

async function start({
  targets = ['one', 'two', 'three'],
  routing,
  retries = 0,
}: Setting = {}): Promise<void> {
  const common = { timeout: '30s', idle_timeout: '7s', max_retries: retries };
  gateway = await startGateway({
    clock,
    yaml: JSON.stringify({
      providers: [
        { name: 'one', vendor: 'openai', base_url: `${one.url}/v1`, model: 'small' },
        { name: 'two', vendor: 'anthropic', base_url: `${two.url}/v1`, model: 'clever' },
        { name: 'three', vendor: 'deepseek', base_url: `${three.url}/v1`, model: 'small' },
      ].map((provider) => ({ ...provider, api_keys: [`key-of-${provider.name}`], ...common })),
      routing: {
        ...routing,
        routes: [{ name: 'auto', hedge_after: '3s', early_keep_alive: 'off', targets }],
      },
    }),
  });
}

interface Answer {
  readonly status: number;
  readonly provider: string | null;
  readonly attempts: string | null;
  readonly content: string;
  readonly isWhole: boolean;
  readonly error: { readonly code?: string; readonly message?: string } | undefined;
}

interface Piece {
  readonly error?: Answer['error'];
  readonly choices?: readonly Readonly<
    Record<'delta' | 'message', { readonly content?: string } | undefined>
  >[];
}

async function ask(stream: boolean, model = 'auto'): Promise<Answer> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }] }),
  });
  const { status, headers } = response;
  const text = await response.text();
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const data = isStream ? [...text.matchAll(/^data: (.*)$/gm)].map(([, value = '']) => value) : [text];
  const pieces = data.filter((value) => value !== '[DONE]').map((value) => JSON.parse(value) as Piece);
  return {
    status,
    provider: headers.get('x-sluice-provider'),
    attempts: headers.get('x-sluice-attempts'),
    content: pieces
      .map(({ choices = [] }) => (choices[0]?.delta ?? choices[0]?.message)?.content ?? '')
      .join(''),
    isWhole: !stream || data.at(-1) === '[DONE]',
    error: pieces.map(({ error }) => error).find(Boolean),
  };
}

const calls = (): readonly number[] => [one, two, three].map((vendor) => vendor.requests.length);
const now = (): number => performance.timeOrigin + performance.now();

async function expectNobodyRests(): Promise<void> {
  const { body } = await getJson(`${gateway.url}/health`);
  expect(body).toMatchObject({
    status: 'ok',
    details: { one: { status: 'up' }, two: { status: 'up' }, three: { status: 'up' } },
  });
}

async function expectLoserLeft(vendor: Simulator, wonAt: number): Promise<void> {
  const { callerClosedAt } = await vendor.waitForCallerClose();
  expect((callerClosedAt ?? Infinity) - wonAt).toBeLessThan(AT_ONCE_MS);
}

describe.each([false, true])('hedging (stream: %s)', (stream) => {
  test('without content by then the next is started, and its answer ends the first', async () => {
    await start();
    one.behave('silent', { times: 1 });
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS - 1);
    await expectNobodyRests();
    expect(calls()).toEqual([1, 0, 0]);
    clock.advance(1);
    expect(await asked).toMatchObject({
      status: 200,
      provider: 'two',
      attempts: '2',
      content: 'Hello from two: hi',
      isWhole: true,
    });
    await expectLoserLeft(one, now());
    expect(calls()).toEqual([1, 1, 0]);
    await vi.waitFor(() => {
      expect(gateway.logs.matching({ message: 'request', status: 200 })).toMatchObject([
        {
          message: {
            attempts: [
              { provider: 'one', error: 'another attempt answered first', started_ms: 0 },
              { provider: 'two', status: 200, error: null, started_ms: HEDGE_MS },
            ],
          },
        },
      ]);
    });
    // A loser has not failed: it does not rest, and the next request begins with it.
    await expectNobodyRests();
    expect(gateway.logs.matching({ message: 'attempt failed' })).toHaveLength(0);
    expect((await ask(stream)).content).toBe('Hello from one: hi');
  });

  test('the first may still win, and the hedge is ended', async () => {
    await start();
    one.behave('late-1500', { times: 1 });
    two.behave('silent', { times: 1 });
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    await two.waitForRequest();
    expect(await asked).toMatchObject({ provider: 'one', attempts: '2', content: 'Hello from one: hi' });
    await expectLoserLeft(two, now());
    await expectNobodyRests();
  });

  test('a first that answers in time has no rival', async () => {
    await start();
    expect(await ask(stream)).toMatchObject({ provider: 'one', attempts: '1' });
    clock.advance(TIMEOUT_MS);
    await expectNobodyRests();
    expect(calls()).toEqual([1, 0, 0]);
    expect(clock.hasTimer(HEDGE_MS)).toBe(false);
  });

  test('a first that fails before it is replaced at once', async () => {
    await start();
    one.behave('status-500');
    expect(await ask(stream)).toMatchObject({
      provider: 'two',
      attempts: '2',
      content: 'Hello from two: hi',
    });
    expect(calls()).toEqual([1, 1, 0]);
    expect(clock.slept).toEqual([]);
  });

  test('a hedge that fails moves on to a third while the first goes on', async () => {
    await start();
    one.behave('silent', { times: 1 });
    two.behave('status-500');
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    expect(await asked).toMatchObject({ provider: 'three', attempts: '3', content: 'Hello from three: hi' });
    await expectLoserLeft(one, now());
    expect(calls()).toEqual([1, 1, 1]);
  });

  test('both fail: one error that names both', async () => {
    await start({ targets: ['one', 'two'] });
    one.behave('silent');
    two.behave('status-500');
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    await vi.waitFor(() => {
      expect(gateway.logs.matching({ message: 'attempt failed', provider: 'two' })).toHaveLength(1);
    });
    clock.advance(TIMEOUT_MS);
    const answer = await asked;
    expect(answer).toMatchObject({ status: 504, attempts: '2', error: { code: 'upstream_timeout' } });
    expect(answer.error?.message).toMatch(
      /one: no (answer|first token) within 30 s; two: 500 Internal Server Error/,
    );
    expect(calls()).toEqual([1, 1, 0]);
  });

  test('max_attempts that a failed hedge has used up does not end the first', async () => {
    await start({ routing: { max_attempts: 2 } });
    one.behave('late-1500', { times: 1 });
    two.behave('status-500');
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    expect(await asked).toMatchObject({ provider: 'one', attempts: '2', content: 'Hello from one: hi' });
    expect(calls()).toEqual([1, 1, 0]);
  });

  test('a fault of the request, found by the hedge, ends both', async () => {
    await start();
    one.behave('silent', { times: 1 });
    two.behave('status-400');
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    expect(await asked).toMatchObject({ status: 400, attempts: '2', error: { code: 'invalid_request' } });
    await expectLoserLeft(one, now());
    await expectNobodyRests();
  });

  test('where nobody else is left, nothing is started', async () => {
    await start({ targets: ['one'] });
    one.behave('silent');
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    await getJson(`${gateway.url}/health`);
    expect(calls()).toEqual([1, 0, 0]);
    clock.advance(TIMEOUT_MS);
    expect(await asked).toMatchObject({ status: 504, attempts: '1' });
  });

  test('who rests is not started', async () => {
    await start();
    two.behave('status-500', { times: 1 });
    expect((await ask(stream, 'two/clever')).status).toBe(502);
    one.behave('silent', { times: 1 });
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    expect(await asked).toMatchObject({ provider: 'three', attempts: '2' });
    expect(calls()).toEqual([1, 1, 1]);
  });

  test('a caller that leaves ends both', async () => {
    await start();
    for (const vendor of [one, two, three]) vendor.behave('silent', { times: 1 });
    const caller = new AbortController();
    const asked = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', stream, messages: [{ role: 'user', content: 'hi' }] }),
      signal: caller.signal,
    }).catch(() => 'left');
    await one.waitForRequest();
    clock.advance(HEDGE_MS);
    await two.waitForRequest();
    const leftAt = now();
    caller.abort();
    expect(await asked).toBe('left');
    await expectLoserLeft(one, leftAt);
    await expectLoserLeft(two, leftAt);
    await vi.waitFor(() => {
      expect(gateway.logs.matching({ message: 'request', status: 499 })).toHaveLength(1);
    });
    clock.advance(TIMEOUT_MS);
    await expectNobodyRests();
    expect(calls()).toEqual([1, 1, 0]);
  });
});

test('a role without content does not keep a hedge away', async () => {
  await start();
  one.behave('stall-0', { times: 1 });
  const asked = ask(true);
  await vi.waitFor(() => {
    expect(one.requests[0]?.status).toBe(200);
  });
  clock.advance(HEDGE_MS);
  expect(await asked).toMatchObject({ provider: 'two', attempts: '2', content: 'Hello from two: hi' });
  await expectLoserLeft(one, now());
});

test('content in time keeps it away, however long the answer takes', async () => {
  await start();
  one.behave('stall-2');
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  });
  expect(clock.hasTimer(HEDGE_MS)).toBe(false);
  clock.advance(HEDGE_MS);
  await expectNobodyRests();
  expect(calls()).toEqual([1, 0, 0]);
  expect(response.headers.get('x-sluice-attempts')).toBe('1');
  await response.body?.cancel();
});

test('hedges are a tenth of the traffic at most, ten a second always', async () => {
  await start({ targets: ['one', 'two'] });
  one.behave('silent');
  // The budget counts by the second of the clock: all of these are of one.
  const asked = Array.from({ length: 130 }, () => ask(false));
  await one.waitForRequest(130, 15_000);
  clock.advance(HEDGE_MS);
  const answers: (string | null)[] = [];
  const answered = asked.map(async (answer) => answers.push((await answer).provider));
  // All of these whole, or the timeout to come would meet hedges that are under way.
  await vi.waitFor(
    () => {
      expect(answers).toHaveLength(100);
    },
    { timeout: 15_000 },
  );
  expect(two.requests).toHaveLength(100);
  clock.advance(TIMEOUT_MS);
  await Promise.all(answered);
  // Whom the budget left without a hedge is mended by plain failover at its timeout.
  expect(new Set(answers)).toEqual(new Set(['two']));
  expect(two.requests).toHaveLength(130);
});

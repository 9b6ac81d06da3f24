import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../simulator/fault.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** Section 6 of the contract on real sockets: who is asked, how often, who rests, and what the caller sees. */

const COOLDOWN_MS = 60_000;
const TIMEOUT_MS = 30_000;
const IDLE_MS = 7000;
const KEY = 'vendor-key-of-one';

type Members = Readonly<Record<string, unknown>>;

interface Setting {
  /** Members of every provider. Default: two retries. */
  readonly all?: Members;
  /** Members of the first provider. */
  readonly one?: Members;
  readonly routing?: Members;
  /** How many providers there are. Default: 3. */
  readonly count?: number;
}

let clock: ManualClock;
let one: Simulator;
let two: Simulator;
let three: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  one = await startSimulator({ format: 'openai', name: 'one' });
  two = await startSimulator({ format: 'openai', flavour: 'deepseek', name: 'two' });
  three = await startSimulator({ format: 'anthropic', name: 'three' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close(), three.close()]);
});

async function start({ all, one: own, routing, count = 3 }: Setting = {}): Promise<void> {
  const common = { timeout: '30s', idle_timeout: '7s', max_retries: 2, ...all };
  const providers = [
    {
      name: 'one',
      vendor: 'openai',
      base_url: `${one.url}/v1`,
      api_keys: [KEY],
      model: 'small',
      ...common,
      ...own,
    },
    {
      name: 'two',
      vendor: 'deepseek',
      base_url: `${two.url}/v1`,
      api_keys: ['key-2'],
      model: 'small',
      ...common,
    },
    {
      name: 'three',
      vendor: 'anthropic',
      base_url: `${three.url}/v1`,
      api_keys: ['key-3'],
      model: 'clever',
      ...common,
    },
  ];
  // JSON is YAML.
  gateway = await startGateway({
    clock,
    yaml: JSON.stringify({ providers: providers.slice(0, count), routing }),
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body alone, or the events of a stream without its end marker. */
  readonly events: readonly Members[];
  readonly content: string;
  readonly isDone: boolean;
  readonly error: Members | undefined;
}

async function ask(stream: boolean, more: Members = {}): Promise<Answer> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ stream, messages: [{ role: 'user', content: 'hi' }], ...more }),
  });
  return toAnswer(response.status, response.headers, await response.text());
}

function toAnswer(status: number, headers: Headers, text: string): Answer {
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const data = isStream
    ? text
        .split('\n\n')
        .flatMap((frame) => (frame.startsWith('data: ') ? [frame.slice('data: '.length)] : []))
    : [text];
  const events = data.filter((entry) => entry !== '[DONE]').map((entry) => JSON.parse(entry) as Members);
  const content = events
    .flatMap((event) => (event['choices'] ?? []) as { delta?: Words; message?: Words }[])
    .map((choice) => (choice.delta ?? choice.message)?.content ?? '')
    .join('');
  const error = events.map((event) => event['error'] as Members | undefined).find(Boolean);
  return { status, headers, text, events, content, isDone: data.at(-1) === '[DONE]', error };
}

interface Words {
  readonly content?: string | null;
}

interface Health {
  readonly status: string;
  readonly details: Readonly<Record<string, Members>>;
}

const health = async (): Promise<Health> => (await getJson(`${gateway.url}/health`)).body as Health;

/** How often each was called. */
const calls = (): readonly number[] => [one, two, three].map((vendor) => vendor.requests.length);

const keysUsed = (): readonly string[] => one.requests.map((request) => request.key);

async function expectNobodyRests(): Promise<void> {
  const { status, details } = await health();
  expect(details['one']).toMatchObject({ status: 'up', cooling_until: null, reason: null });
  expect(status).toBe('ok');
}

async function expectRest(restMs: number, members: Members = { status: 'down' }): Promise<void> {
  const { details } = await health();
  expect(details['one']).toMatchObject({
    cooling_until: new Date(clock.now() + restMs).toISOString(),
    reason: expect.any(String) as string,
    ...members,
  });
  expect(details['two']).toMatchObject({ status: 'up' });
}

/** The waits of so many repeats: 0.5 s doubling, times 0.8 to 1.2. */
function expectBackoff(repeats: number): void {
  expect(clock.slept).toHaveLength(repeats);
  for (const [repeat, wait] of clock.slept.entries()) {
    expect(wait).toBeGreaterThanOrEqual(500 * 2 ** repeat * 0.8);
    expect(wait).toBeLessThanOrEqual(500 * 2 ** repeat * 1.2);
  }
}

interface Row {
  readonly name: string;
  readonly fault: Fault | string;
  /** Calls to the provider with two retries allowed. */
  readonly tries: 1 | 3;
  /** 0: nobody rests. */
  readonly restMs: number;
  /** What the caller sees if it was the last. */
  readonly status: number;
  readonly code: string;
  /** Whether SDKs may repeat by themselves. */
  readonly isFinal: boolean;
  readonly retryAfter?: string;
  readonly only?: 'stream' | 'whole';
}

const failed = (name: string, fault: Row['fault'], status = 502, only?: Row['only']): Row => ({
  name,
  fault,
  tries: 3,
  restMs: COOLDOWN_MS,
  status,
  code: status === 503 ? 'upstream_unavailable' : 'upstream_error',
  isFinal: true,
  // Who says that it is busy is believed; what may be over at any moment is asked again after a second.
  retryAfter: status === 503 ? '60' : '1',
  ...(only === undefined ? {} : { only }),
});
const refusedKey = (name: string, fault: Row['fault']): Row => ({
  name,
  fault,
  tries: 1,
  restMs: 5 * COOLDOWN_MS,
  status: 502,
  code: 'upstream_credentials_exhausted',
  isFinal: true,
  retryAfter: '300',
});
const unknownModel = (name: string, fault: Row['fault']): Row => ({
  name,
  fault,
  tries: 1,
  restMs: COOLDOWN_MS,
  status: 404,
  code: 'model_not_found',
  isFinal: false,
});
const limited = (name: string, fault: Row['fault'], restMs: number, tries: 1 | 3 = 1): Row => ({
  name,
  fault,
  tries,
  restMs,
  status: 429,
  code: 'rate_limit_exceeded',
  isFinal: false,
  retryAfter: String(Math.ceil(restMs / 1000)),
});
const withBody = (status: number, body: Members): Fault => ({ kind: 'status', status, body });

/** Every row of the table in which another target is asked. */
const MOVES_ON: readonly Row[] = [
  {
    name: 'context length exceeded',
    fault: 'context-length',
    tries: 1,
    restMs: 0,
    status: 400,
    code: 'context_length_exceeded',
    isFinal: false,
  },
  refusedKey('401', 'status-401'),
  refusedKey('402', 'status-402'),
  refusedKey('403 of a key', withBody(403, { error: { message: 'No', code: 'invalid_api_key' } })),
  {
    name: '403 that says nothing of a key',
    fault: 'status-403',
    tries: 1,
    restMs: 0,
    status: 403,
    code: 'upstream_forbidden',
    isFinal: false,
  },
  {
    name: '403 with a page of a CDN',
    fault: { kind: 'status', status: 403, body: '<html><title>Attention required</title></html>' },
    tries: 1,
    restMs: 0,
    status: 502,
    code: 'upstream_error',
    isFinal: true,
  },
  refusedKey('no credit as 429', 'insufficient-quota'),
  refusedKey(
    'no credit as 400',
    withBody(400, { error: { message: 'Your credit balance is too low to access the API' } }),
  ),
  refusedKey(
    'no credit as 403',
    withBody(403, { error: { message: 'No quota', code: 'insufficient_quota' } }),
  ),
  unknownModel('404', 'status-404'),
  unknownModel(
    'unknown model as 400',
    withBody(400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }),
  ),
  failed('408', 'status-408'),
  failed('409', 'status-409'),
  failed('500', 'status-500'),
  failed('502 with a page of HTML', 'status-502'),
  failed('503', 'status-503', 503),
  failed('504', 'status-504'),
  failed('529', 'status-529', 503),
  failed('a status that nobody knows', 'status-599'),
  failed('an empty error body', { kind: 'status', status: 500, body: '' }),
  failed('a redirect', 'redirect'),
  failed('connection reset', 'reset'),
  failed('reset in the middle of the body', 'reset-1', 502, 'whole'),
  failed('a body that ends too early', 'cut-1', 502, 'whole'),
  failed('a page of HTML as 200', 'html'),
  failed('JSON that breaks off', 'bad-json'),
  failed('no choices', 'empty-choices'),
  failed('an empty body', 'empty-stream'),
  failed('an error body as 200', 'error-0', 502, 'whole'),
  failed('an error event before content', 'error-0', 502, 'stream'),
  failed('an error event and nothing else', 'error-0;bare', 502, 'stream'),
  failed('a busy vendor in an error event', 'error-0;type=overloaded_error', 503, 'stream'),
  failed('a stream of the role alone', 'role-only', 502, 'stream'),
  failed('a stream that ends before content', 'cut-0', 502, 'stream'),
  failed('a stream that is reset before content', 'reset-0', 502, 'stream'),
  failed('three malformed events before content', 'malformed-0;count=3', 502, 'stream'),
  limited('429 with seconds', 'status-429;retry-after=20', 20_000),
  limited('429 with milliseconds', 'status-429;retry-after-ms=12500', 12_500),
  limited(
    '429 with both, milliseconds being finer',
    'status-429;retry-after=15;retry-after-ms=14200',
    14_200,
  ),
  limited(
    '429 with a date',
    { kind: 'status', status: 429, retryAfter: new Date(new ManualClock().now() + 45_000).toUTCString() },
    45_000,
  ),
  limited('429 that says nothing', 'status-429', COOLDOWN_MS, 3),
  limited('429 that says zero', 'status-429;retry-after=0', COOLDOWN_MS, 3),
  limited(
    '429 with a date that is past',
    { kind: 'status', status: 429, retryAfter: 'Wed, 31 Dec 2025 00:00:00 GMT' },
    COOLDOWN_MS,
    3,
  ),
  {
    ...failed('503 with seconds', 'status-503;retry-after=20', 503),
    tries: 1,
    restMs: 20_000,
    retryAfter: '20',
  },
  {
    ...failed('529 with seconds', 'status-529;retry-after=30', 503),
    tries: 1,
    restMs: 30_000,
    retryAfter: '30',
  },
];

const both = <Entry extends { readonly only?: Row['only'] }>(rows: readonly Entry[]) =>
  rows.flatMap((row) =>
    [false, true]
      .filter((stream) => row.only !== (stream ? 'whole' : 'stream'))
      .map((stream) => ({ ...row, stream, kind: stream ? 'streamed' : 'whole' })),
  );

describe('a failure that another target can mend', () => {
  test.each(both(MOVES_ON))('$name ($kind): $tries calls, then the next; rests $restMs ms', async (row) => {
    await start();
    one.behave(row.fault);
    const answer = await ask(row.stream);
    expect(answer).toMatchObject({
      status: 200,
      content: 'Hello from two: hi',
      error: undefined,
      isDone: row.stream,
    });
    expect(calls()).toEqual([row.tries, 1, 0]);
    expectBackoff(row.tries - 1);
    expect(answer.headers.get('x-sluice-provider')).toBe('two');
    expect(answer.headers.get('x-sluice-attempts')).toBe(String(row.tries + 1));
    expect(one.requests.map((request) => request.path)).not.toContain('/_elsewhere');

    one.behave('ok');
    one.clearLog();
    if (row.restMs === 0) {
      await expectNobodyRests();
    } else {
      await expectRest(row.restMs);
      clock.advance(row.restMs - 1);
      expect((await ask(row.stream)).content).toBe('Hello from two: hi');
      expect(calls()).toEqual([0, 2, 0]);
      clock.advance(1);
    }
    expect((await ask(row.stream)).content).toBe('Hello from one: hi');
    await expectNobodyRests();
  });

  test.each(both(MOVES_ON))('$name ($kind): $status $code if it was the last', async (row) => {
    await start({ count: 1 });
    one.behave(row.fault);
    const answer = await ask(row.stream);
    expect(answer.status).toBe(row.status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.error).toMatchObject({ code: row.code, message: expect.any(String) as string });
    expect(answer.error).toHaveProperty('type');
    expect(answer.error).toHaveProperty('param');
    expect(answer.text).not.toContain(KEY);
    expect(answer.headers.get('x-should-retry')).toBe(row.isFinal ? 'false' : null);
    if (row.retryAfter !== undefined) expect(answer.headers.get('retry-after')).toBe(row.retryAfter);
    if (row.restMs === 0) expect(answer.headers.get('retry-after')).toBeNull();
    expect(answer.headers.get('x-sluice-provider')).toBe('one');
    expect(answer.headers.get('x-sluice-attempts')).toBe(String(row.tries));
    expect(one.requests).toHaveLength(row.tries);
  });
});

describe('a fault of the request', () => {
  const policy403 = withBody(403, {
    error: { message: 'Rejected by our safety system', code: 'content_policy_violation' },
  });
  const rows = [
    { name: '400', fault: 'status-400', status: 400, code: 'invalid_request', param: 'temperature' },
    { name: '422', fault: 'status-422', status: 422, code: 'invalid_request', param: null },
    {
      name: 'content policy',
      fault: 'content-policy',
      status: 400,
      code: 'content_policy_violation',
      param: null,
    },
    {
      name: 'content policy as 403',
      fault: policy403,
      status: 400,
      code: 'content_policy_violation',
      param: null,
    },
  ] as const;

  test.each(both<(typeof rows)[number] & { only?: 'stream' | 'whole' }>(rows))(
    '$name ($kind): the caller sees $status $code, nobody else is asked and nobody rests',
    async ({ fault, status, code, param, stream }) => {
      await start();
      one.behave(fault, { times: 1 });
      const answer = await ask(stream);
      expect(answer).toMatchObject({ status, error: { code, param } });
      expect(answer.headers.get('retry-after')).toBeNull();
      expect(calls()).toEqual([1, 0, 0]);
      expect(clock.slept).toEqual([]);
      await expectNobodyRests();
      expect((await ask(stream)).content).toBe('Hello from one: hi');
    },
  );

  test('the words of the vendor come through, without any key in them', async () => {
    await start();
    one.behave(`status-400;message=temperature is too odd for ${KEY}`);
    const { error } = await ask(false);
    expect(error?.['message']).toContain('temperature is too odd for ');
    expect(error?.['message']).not.toContain(KEY);
  });

  test.each([false, true])(
    'content policy with on_content_filter: next (stream: %s) asks the next',
    async (stream) => {
      const routes = [{ name: 'auto', on_content_filter: 'next', targets: ['one', 'two'] }];
      await start({ routing: { routes } });
      one.behave('content-policy');
      expect((await ask(stream)).content).toBe('Hello from two: hi');
      expect(calls()).toEqual([1, 1, 0]);
      await expectNobodyRests();
      two.behave('content-policy');
      expect(await ask(stream)).toMatchObject({ status: 400, error: { code: 'content_policy_violation' } });
    },
  );
});

describe('a vendor that cannot be reached', () => {
  test.each([false, true])(
    'connection refused (stream: %s): asked again, then all of it rests',
    async (stream) => {
      await start({ one: { models: ['small', 'large'], api_keys: [KEY, 'other-key'] } });
      one.refuse();
      const answer = await ask(stream);
      expect(answer.content).toBe('Hello from two: hi');
      expect(answer.headers.get('x-sluice-attempts')).toBe('4');
      expectBackoff(2);
      await expectRest(COOLDOWN_MS, {
        status: 'down',
        reason: 'connection refused',
        keys: { total: 2, available: 0 },
      });

      await one.restore();
      const other = await ask(stream, { model: 'one/large' });
      expect(other).toMatchObject({ status: 503, error: { code: 'upstream_unavailable' } });
      expect(other.headers.get('retry-after')).toBe('1');
      expect(other.headers.get('x-sluice-attempts')).toBe('0');
      clock.advance(1000);
      expect((await ask(stream, { model: 'one/large' })).content).toBe('Hello from one: hi');
      await expectNobodyRests();
    },
  );

  test('connection refused: 502 if it was the last', async () => {
    await start({ count: 1 });
    one.refuse();
    const answer = await ask(false);
    expect(answer).toMatchObject({ status: 502, error: { code: 'upstream_error' } });
    expect(answer.error?.['message']).toContain('one: connection refused');
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('x-sluice-attempts')).toBe('3');
  });

  test('a TLS failure likewise', async () => {
    await start({ one: { base_url: `${one.url.replace('http:', 'https:')}/v1` } });
    const answer = await ask(false);
    expect(answer.content).toBe('Hello from two: hi');
    expect(answer.headers.get('x-sluice-attempts')).toBe('4');
    await expectRest(COOLDOWN_MS, { status: 'down', reason: 'TLS failure' });
  });

  test('a link-local address is never called', async () => {
    await start({ one: { base_url: 'http://169.254.169.254/v1', max_retries: 0 } });
    expect((await ask(false)).content).toBe('Hello from two: hi');
    await expectRest(COOLDOWN_MS, { reason: 'link-local or metadata address refused' });
  });

  test('no connection within connect_timeout: asked once, 504 if it was the last', async () => {
    // It takes the connection and never answers the handshake. The connector has a clock of its own.
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    await start({
      count: 1,
      one: { base_url: `https://127.0.0.1:${String(port)}/v1`, connect_timeout: '50ms' },
    });
    const answer = await ask(false);
    expect(answer).toMatchObject({ status: 504, error: { code: 'upstream_timeout' } });
    expect(answer.headers.get('x-sluice-attempts')).toBe('1');
    mute.close();
  });
});

describe('a silent vendor', () => {
  const rows = [
    { name: 'silence before the headers', fault: 'silent' },
    { name: 'silence after the headers', fault: 'silent-headers' },
    { name: 'an answer that comes too late', fault: 'late-600000' },
    { name: 'headers at once and nothing else in time', fault: 'slow-600000' },
    { name: 'a role and no token', fault: 'stall-0', only: 'stream' as const },
    { name: 'half of a body', fault: 'stall-1', only: 'whole' as const },
  ];

  test.each(both(rows))('$name ($kind): asked once, then the next', async ({ fault, stream }) => {
    await start();
    one.behave(fault);
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(TIMEOUT_MS - 1);
    await health();
    expect(calls()).toEqual([1, 0, 0]);
    clock.advance(1);
    expect(await asked).toMatchObject({ status: 200, content: 'Hello from two: hi', isDone: stream });
    expect(calls()).toEqual([1, 1, 0]);
    expect(clock.slept).toEqual([]);
    await expectRest(COOLDOWN_MS);
    await one.waitForCallerClose();
  });

  test.each(both(rows))('$name ($kind): 504 if it was the last', async ({ fault, stream }) => {
    // A stream that begins with a sign of life has its status already.
    const routes = [{ name: 'auto', early_keep_alive: 'off', targets: ['one'] }];
    await start({ count: 1, routing: { routes } });
    one.behave(fault);
    const asked = ask(stream);
    await one.waitForRequest();
    clock.advance(TIMEOUT_MS);
    const answer = await asked;
    expect(answer).toMatchObject({ status: 504, error: { code: 'upstream_timeout' } });
    expect(answer.error?.['message']).toContain(
      stream ? 'no first token within 30 s' : 'no answer within 30 s',
    );
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(one.requests).toHaveLength(1);
  });
});

describe('a stream that breaks after content', () => {
  test.each([
    ['it is cut', 'cut-2', 'stream_interrupted'],
    ['its connection is reset', 'reset-2', 'stream_interrupted'],
    ['three malformed events in a row', 'malformed-2;count=3', 'stream_interrupted'],
    ['an error event', 'error-2', 'upstream_error'],
    ['an error event of a busy vendor', 'error-2;type=overloaded_error', 'upstream_unavailable'],
  ])('%s: an error event, no end marker, and the target rests', async (_name, fault, code) => {
    await start();
    one.behave(fault);
    const answer = await ask(true);
    expect(answer).toMatchObject({ status: 200, content: 'Hello from', isDone: false });
    expect(answer.events.at(-1)).toMatchObject({ error: { code } });
    expect(answer.events.filter((event) => 'error' in event)).toHaveLength(1);
    expect(answer.text).not.toContain('[DONE]');
    expect(answer.text).not.toContain('"finish_reason":"');
    expect(calls()).toEqual([1, 0, 0]);
    await expectRest(COOLDOWN_MS);
  });

  test('it stalls: the same after idle_timeout', async () => {
    await start();
    one.behave('stall-2');
    const { read, whole } = open(true);
    await read('" from"');
    clock.advance(IDLE_MS - 1);
    await health();
    expect(one.requests[0]?.callerClosedAt).toBeNull();
    clock.advance(1);
    const text = await whole;
    expect(text).toContain('"code":"stream_interrupted"');
    expect(text).not.toContain('[DONE]');
    expect(calls()).toEqual([1, 0, 0]);
    await expectRest(COOLDOWN_MS, { status: 'down', reason: 'stream silent for 7 s' });
    await one.waitForCallerClose();
  });

  test('a vendor of another format that is cut', async () => {
    await start();
    three.behave('cut-2');
    const answer = await ask(true, { model: 'three/clever' });
    expect(answer).toMatchObject({
      content: 'Hello from',
      isDone: false,
      error: { code: 'stream_interrupted' },
    });
    expect((await health()).details['three']).toMatchObject({ status: 'down' });
  });
});

describe('what is no failure', () => {
  const usage = { stream_options: { include_usage: true } };

  test.each(
    both([
      { name: 'compression', fault: 'gzip' },
      { name: 'compression, cut anywhere', fault: 'gzip;split=every-byte' },
      { name: 'two malformed events in a row', fault: 'malformed-1;count=2', only: 'stream' as const },
      { name: 'no end marker after the finish', fault: 'no-end', only: 'stream' as const },
      { name: 'a cut right after the finish', fault: 'cut-9;finish', only: 'stream' as const },
    ]),
  )('$name ($kind)', async ({ fault, stream }) => {
    await start();
    one.behave(fault);
    const answer = await ask(stream, stream ? usage : {});
    expect(answer).toMatchObject({
      status: 200,
      content: 'Hello from one: hi',
      isDone: stream,
      error: undefined,
    });
    expect(calls()).toEqual([1, 0, 0]);
    if (!fault.startsWith('cut')) expect(answer.events.at(-1)).toHaveProperty('usage.completion_tokens');
    await expectNobodyRests();
  });

  test.each([false, true])('an event of a megabyte (stream: %s)', async (stream) => {
    await start();
    one.behave('huge-line-1048576');
    const answer = await ask(stream);
    expect(answer.content).toHaveLength(1_048_576);
    expect(calls()).toEqual([1, 0, 0]);
    await expectNobodyRests();
  });

  test('no end marker in another format', async () => {
    await start();
    three.behave('no-end');
    const answer = await ask(true, { model: 'three/clever', ...usage });
    expect(answer).toMatchObject({ content: 'Hello from three: hi', isDone: true, error: undefined });
    expect(answer.events.at(-1)).toHaveProperty('usage.completion_tokens');
    await expectNobodyRests();
  });
});

describe('what rests', () => {
  const models = ['small', 'large'];

  test.each([
    ['404', 'status-404'],
    ['500', 'status-500'],
    ['429', 'status-429;retry-after=60'],
  ])('%s rests one model of the provider only', async (_name, fault) => {
    await start({ all: { max_retries: 0 }, one: { models } });
    one.behave(fault, { model: 'large' });
    await ask(false, { model: 'one/large' });
    expect((await ask(false, { model: 'one/large' })).headers.get('x-sluice-attempts')).toBe('0');
    expect((await ask(false, { model: 'one/small' })).content).toBe('Hello from one: hi');
    await expectRest(COOLDOWN_MS, { status: 'degraded', healthy: true });
  });

  test('a refused key rests with all models, and other keys of the provider go on', async () => {
    await start({ one: { models, api_keys: ['key-a', 'key-b'] } });
    one.behave('status-401', { key: 'key-a' });
    expect((await ask(false)).content).toBe('Hello from one: hi');
    expect(keysUsed()).toEqual(['key-a', 'key-b']);
    expect(clock.slept).toEqual([]);
    await expectRest(5 * COOLDOWN_MS, { status: 'degraded', keys: { total: 2, available: 1 } });
    for (const model of ['one/large', 'one/small', 'one/large']) await ask(false, { model });
    expect(keysUsed().slice(2)).toEqual(['key-b', 'key-b', 'key-b']);
    one.behave('ok', { key: 'key-a' });
    clock.advance(5 * COOLDOWN_MS);
    await ask(false);
    await ask(false);
    expect(keysUsed().slice(5).sort()).toEqual(['key-a', 'key-b']);
    await expectNobodyRests();
  });

  test('a limited key rests for one model, and another key is asked at once', async () => {
    await start({ one: { models, api_keys: ['key-a', 'key-b'] } });
    one.behave('status-429;retry-after=5', { key: 'key-a', model: 'small' });
    const answer = await ask(true);
    expect(answer.content).toBe('Hello from one: hi');
    expect(keysUsed()).toEqual(['key-a', 'key-b']);
    expect(clock.slept).toEqual([]);
    await expectRest(5000, { status: 'degraded', keys: { total: 2, available: 2 } });
    // The second request began with key-b; the third begins with key-a again.
    await ask(false, { model: 'one/large' });
    await ask(false, { model: 'one/large' });
    expect(keysUsed().slice(2)).toEqual(['key-b', 'key-a']);
  });

  test('a limit without a time: every other key at once, then backoff on the last', async () => {
    await start({ one: { api_keys: ['key-a', 'key-b'] } });
    one.behave('status-429');
    expect((await ask(false)).content).toBe('Hello from two: hi');
    expect(keysUsed()).toEqual(['key-a', 'key-b', 'key-b', 'key-b']);
    expectBackoff(2);
    // The first key rested before the waits of the second, and is the first to come back.
    const cooling_until = new Date(new ManualClock().now() + COOLDOWN_MS).toISOString();
    await expectRest(0, { status: 'down', cooling_until, keys: { total: 2, available: 0 } });
  });

  test('a failing target is not asked again with another key', async () => {
    await start({ one: { api_keys: ['key-a', 'key-b'] } });
    one.behave('status-500');
    expect((await ask(false)).content).toBe('Hello from two: hi');
    expect(keysUsed()).toEqual(['key-a', 'key-a', 'key-a']);
    await expectRest(COOLDOWN_MS, { status: 'down', keys: { total: 2, available: 0 } });
  });

  test('with cooldown: 0s nobody rests but where the vendor told a time', async () => {
    await start({ all: { max_retries: 0 }, routing: { cooldown: '0s' } });
    for (const fault of ['status-500', 'status-401', 'status-404', 'reset-1', 'status-429']) {
      one.behave(fault);
      one.clearLog();
      await ask(false);
      await expectNobodyRests();
      await ask(false);
      expect(one.requests).toHaveLength(2);
    }
    one.behave('status-429;retry-after=20');
    await ask(false);
    await expectRest(20_000);
  });
});

describe('a rate limit', () => {
  test.each([false, true])(
    'up to rate_limit_wait is waited out on the same target (stream: %s)',
    async (stream) => {
      await start({ routing: { rate_limit_wait: '5s' } });
      one.behave('status-429;retry-after=5', { times: 1 });
      expect((await ask(stream)).content).toBe('Hello from one: hi');
      expect(clock.slept).toEqual([5000]);
      expect(calls()).toEqual([2, 0, 0]);
      await expectNobodyRests();
    },
  );

  test('above rate_limit_wait moves on', async () => {
    await start({ routing: { rate_limit_wait: '5s' } });
    one.behave('status-429;retry-after=6', { times: 1 });
    expect((await ask(false)).content).toBe('Hello from two: hi');
    expect(clock.slept).toEqual([]);
    await expectRest(6000);
  });

  test('keeps others away while it is waited out', async () => {
    await start({ routing: { rate_limit_wait: '5s' } });
    clock.holdSleeps = true;
    one.behave('status-429;retry-after=5', { times: 1 });
    const waiting = ask(false);
    await vi.waitFor(() => {
      expect(clock.slept).toEqual([5000]);
    });
    expect((await ask(false)).content).toBe('Hello from two: hi');
    clock.advance(5000);
    expect((await waiting).content).toBe('Hello from one: hi');
    expect(calls()).toEqual([2, 1, 0]);
  });

  test('of at most 10 s is waited out when nobody else is left', async () => {
    await start({ count: 2 });
    one.behave('status-429;retry-after=10', { times: 1 });
    two.behave('status-400;message=Model Not Exist');
    expect((await ask(false)).content).toBe('Hello from one: hi');
    expect(clock.slept).toEqual([10_000]);
    expect(calls()).toEqual([2, 1, 0]);
  });

  test('of the one that ends first, where several are left', async () => {
    await start({ count: 2 });
    one.behave('status-429;retry-after=9', { times: 1 });
    two.behave('status-429;retry-after=4', { times: 1 });
    expect((await ask(false)).content).toBe('Hello from two: hi');
    expect(clock.slept).toEqual([4000]);
  });

  test('is waited out max_retries times at most', async () => {
    await start({ count: 1 });
    one.behave('status-429;retry-after=3');
    const answer = await ask(false);
    expect(answer).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded' } });
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(clock.slept).toEqual([3000, 3000]);
    expect(calls()).toEqual([3, 0, 0]);
  });

  test('above 10 s is told to the caller at once', async () => {
    await start({ count: 1 });
    one.behave('status-429;retry-after=11');
    const answer = await ask(false);
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('11');
    expect(clock.slept).toEqual([]);
  });
});

describe('when everything rests', () => {
  test.each([false, true])(
    '503 with the time of the next try, and nobody is called before it (stream: %s)',
    async (stream) => {
      await start({ count: 2, all: { max_retries: 0 } });
      one.behave('status-429;retry-after=40');
      two.behave('status-500');
      const first = await ask(stream);
      expect(first).toMatchObject({ status: 502, error: { code: 'upstream_error' } });
      const answer = await ask(stream);
      expect(answer).toMatchObject({ status: 503, error: { code: 'upstream_unavailable' } });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('x-sluice-attempts')).toBe('0');
      expect(calls()).toEqual([1, 1, 0]);
      const { status } = await getJson(`${gateway.url}/health`);
      expect(status).toBe(503);
    },
  );

  test('429 when all of it is rate limits', async () => {
    await start({ count: 2 });
    one.behave('status-429;retry-after=40');
    two.behave('status-429;retry-after=25');
    expect((await ask(false)).status).toBe(429);
    const answer = await ask(false);
    expect(answer).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded' } });
    expect(answer.headers.get('retry-after')).toBe('25');
    expect(calls()).toEqual([1, 1, 0]);
  });

  test('max_wait waits for the first to come back', async () => {
    await start({ count: 2, all: { max_retries: 0 }, routing: { max_wait: '60s' } });
    one.behave('status-500', { times: 1 });
    two.behave('status-429;retry-after=50', { times: 1 });
    await ask(false);
    expect((await ask(true)).content).toBe('Hello from one: hi');
    expect(clock.slept).toEqual([1000]);
    expect(calls()).toEqual([2, 1, 0]);
  });

  test('max_wait does not wait for what comes back later', async () => {
    await start({ count: 1, all: { max_retries: 0 }, routing: { max_wait: '59s' } });
    one.behave('status-503', { times: 1 });
    await ask(false);
    expect((await ask(false)).status).toBe(503);
    expect(clock.slept).toEqual([]);
  });
});

describe('after a rest', () => {
  test('one request is the trial while others go elsewhere, and its failure doubles the rest', async () => {
    await start({ all: { max_retries: 0 }, routing: { max_cooldown: '180s' } });
    one.behave('status-500', { times: 1 });
    await ask(false);
    for (const restMs of [60_000, 120_000, 180_000]) {
      await expectRest(restMs);
      clock.advance(restMs);
      one.clearLog();
      one.behave('silent', { times: 1 });
      const trial = ask(true);
      await one.waitForRequest();
      const others = await Promise.all([ask(false), ask(true), ask(false)]);
      expect(others.map((answer) => answer.content)).toEqual(Array(3).fill('Hello from two: hi'));
      clock.advance(TIMEOUT_MS);
      expect((await trial).content).toBe('Hello from two: hi');
      expect(one.requests).toHaveLength(1);
    }
    await expectRest(180_000);
    clock.advance(180_000);
    expect((await ask(false)).content).toBe('Hello from one: hi');
    await expectNobodyRests();
    const all = await Promise.all([ask(false), ask(true), ask(false)]);
    expect(all.map((answer) => answer.content)).toEqual(Array(3).fill('Hello from one: hi'));
  });

  test('a failed trial is not repeated', async () => {
    await start();
    one.behave('status-500');
    await ask(false);
    clock.advance(COOLDOWN_MS);
    one.clearLog();
    clock.slept.length = 0;
    await ask(false);
    expect(one.requests).toHaveLength(1);
    expect(clock.slept).toEqual([]);
    await expectRest(COOLDOWN_MS);
  });

  test('a request at fault shows that the vendor is back', async () => {
    await start({ all: { max_retries: 0 } });
    one.behave('status-500', { times: 1 });
    await ask(false);
    clock.advance(COOLDOWN_MS);
    one.behave('status-400', { times: 1 });
    expect((await ask(false)).status).toBe(400);
    await expectNobodyRests();
  });

  test('requests that fail together send to rest once', async () => {
    await start({ all: { max_retries: 0 }, routing: { max_cooldown: '600s' } });
    one.behave('status-500');
    await Promise.all(Array.from({ length: 8 }, () => ask(false)));
    await expectRest(COOLDOWN_MS);
  });
});

describe('max_attempts', () => {
  test('bounds the calls over all targets', async () => {
    await start({ routing: { max_attempts: 2 } });
    one.behave('status-500');
    two.behave('status-500');
    const answer = await ask(false);
    expect(answer.status).toBe(502);
    expect(calls()).toEqual([1, 1, 0]);
    expect(answer.headers.get('x-sluice-attempts')).toBe('2');
    expect(answer.error?.['message']).toContain('three: not tried (max_attempts reached)');
  });

  test('with the defaults every provider of three is asked, however often the first ones are', async () => {
    await start();
    one.behave('status-500');
    two.behave('status-500');
    expect((await ask(false)).content).toBe('Hello from three: hi');
    expect(calls()).toEqual([3, 2, 1]);
  });

  test('repeats and other keys take no call from a target that has had none', async () => {
    await start({ one: { api_keys: ['a', 'b', 'c', 'd'] }, routing: { max_attempts: 4 } });
    one.behave('status-429');
    two.behave('status-500');
    expect((await ask(false)).content).toBe('Hello from three: hi');
    expect(calls()).toEqual([2, 1, 1]);
  });

  test('bounds the repeats on one target', async () => {
    await start({ count: 1, routing: { max_attempts: 2 } });
    one.behave('status-500');
    await ask(true);
    expect(calls()).toEqual([2, 0, 0]);
    expectBackoff(1);
    expect((await health()).details['one']).toMatchObject({ status: 'down' });
  });
});

describe('max_retries', () => {
  test.each([
    [0, 1],
    [1, 2],
    [5, 6],
  ])('%i: asked %i times', async (retries, tries) => {
    await start({ count: 2, all: { max_retries: retries }, routing: { max_attempts: 20 } });
    one.behave('status-503');
    expect((await ask(false)).content).toBe('Hello from two: hi');
    expect(calls()).toEqual([tries, 1, 0]);
    expect(clock.slept).toHaveLength(retries);
    // The fifth repeat would wait for 8 s at most, whatever the doubling says.
    for (const [repeat, wait] of clock.slept.entries()) {
      const base = Math.min(500 * 2 ** repeat, 8000);
      expect(wait / base).toBeGreaterThanOrEqual(0.8);
      expect(wait / base).toBeLessThanOrEqual(1.2);
    }
  });

  test('a repeat that works is an answer like any other', async () => {
    await start();
    one.script(['status-500', 'reset', 'ok']);
    const answer = await ask(true);
    expect(answer.content).toBe('Hello from one: hi');
    expect(answer.headers.get('x-sluice-attempts')).toBe('3');
    await expectNobodyRests();
  });

  test('a chain of different failures asks each in turn and ends with the last', async () => {
    await start({ all: { max_retries: 0 } });
    one.behave('status-429;retry-after=30');
    two.behave('status-401');
    three.behave('status-529');
    const answer = await ask(false);
    expect(answer).toMatchObject({ status: 503, error: { code: 'upstream_unavailable' } });
    expect(answer.error?.['message']).toBe(
      'All providers failed: one: 429 rate limit; two: 401 key refused; three: 529 Overloaded',
    );
    expect(answer.headers.get('retry-after')).toBe('30');
    expect(calls()).toEqual([1, 1, 1]);
  });
});

describe('a caller that leaves', () => {
  const now = (): number => performance.timeOrigin + performance.now();

  /** How long this machine takes now to tell a vendor of a closed socket, without a gateway between. */
  async function socketDelayMs(): Promise<number> {
    two.behave('silent', { times: 1 });
    const { call } = open(false, `${two.url}/v1/chat/completions`);
    await two.waitForRequest();
    const leftAt = now();
    call.destroy();
    const { callerClosedAt } = await two.waitForCallerClose();
    two.clearLog();
    return (callerClosedAt ?? Infinity) - leftAt;
  }

  async function expectLoggedAsLeft(): Promise<void> {
    await vi.waitFor(() => {
      expect(gateway.logs.matching({ status: 499 })).toHaveLength(1);
    });
  }

  test.each([
    ['before the headers', 'silent', false],
    ['before the body', 'silent-headers', false],
    ['before the headers of a stream', 'silent', true],
    ['before the first token', 'stall-0', true],
    ['in the middle of a stream', 'stall-2', true],
    ['in the middle of a stream that goes on', 'drip-20;chunks=2000', true],
  ])(
    '%s: the vendor call is aborted within 100 ms, nobody rests, nobody else is asked',
    async (_name, fault, stream) => {
      await start();
      const delayMs = await socketDelayMs();
      one.behave(fault, { times: 1 });
      const { call, read } = open(stream);
      await one.waitForRequest();
      if (/^stall-2|^drip/.test(fault)) await read('" from"');
      const leftAt = now();
      call.destroy();
      const { callerClosedAt } = await one.waitForCallerClose();
      expect((callerClosedAt ?? Infinity) - leftAt).toBeLessThan(100 + delayMs);
      await expectLoggedAsLeft();
      expect(calls()).toEqual([1, 0, 0]);
      await expectNobodyRests();
      expect((await ask(stream)).content).toBe('Hello from one: hi');
    },
  );

  test('during a backoff: nobody is asked again and nobody rests', async () => {
    await start();
    clock.holdSleeps = true;
    one.behave('status-500', { times: 1 });
    const { call } = open(false);
    await vi.waitFor(() => {
      expect(clock.slept).toHaveLength(1);
    });
    call.destroy();
    await expectLoggedAsLeft();
    clock.advance(10_000);
    await health();
    expect(calls()).toEqual([1, 0, 0]);
    await expectNobodyRests();
    expect((await ask(false)).content).toBe('Hello from one: hi');
  });

  test('during a trial: the next request is the trial', async () => {
    await start({ all: { max_retries: 0 } });
    one.behave('status-500', { times: 1 });
    await ask(false);
    clock.advance(COOLDOWN_MS);
    one.behave('silent', { times: 1 });
    one.clearLog();
    const { call } = open(true);
    await one.waitForRequest();
    call.destroy();
    await expectLoggedAsLeft();
    expect((await ask(false)).content).toBe('Hello from one: hi');
    await expectNobodyRests();
  });
});

interface Opened {
  readonly call: ClientRequest;
  /** Resolves once the answer so far holds the text. */
  readonly read: (text: string) => Promise<void>;
  readonly whole: Promise<string>;
}

/** A request whose answer is read as it comes. */
function open(stream: boolean, url = `${gateway.url}/v1/chat/completions`): Opened {
  const call = httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    agent: false,
  });
  let received = '';
  const whole = new Promise<string>((resolve) => {
    // A test that leaves destroys the call; what was not read then does not matter.
    call.on('error', () => {
      resolve(received);
    });
    call.on('response', (response: IncomingMessage) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        received += text;
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        resolve(received);
      });
    });
  });
  call.end(JSON.stringify({ model: 'auto', stream, messages: [{ role: 'user', content: 'hi' }] }));
  const read = (text: string): Promise<void> =>
    vi.waitFor(
      () => {
        expect(received).toContain(text);
      },
      { timeout: 5000, interval: 5 },
    );
  return { call, read, whole };
}

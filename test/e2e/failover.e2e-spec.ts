import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
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
const WHOLE = 'Hello from one: hi';

interface Setting {
  /** YAML flow members of every provider. Default: two retries. */
  readonly providers?: string;
  /** YAML flow members of the first provider alone. */
  readonly one?: string;
  /** YAML block under `routing:`. */
  readonly routing?: string;
  /** Default: three in all. */
  readonly only?: 1 | 2;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, or the events of a stream up to `[DONE]`. */
  readonly events: readonly Record<string, unknown>[];
  /** The content of the answer, from a body or from deltas. */
  readonly content: string;
  readonly isDone: boolean;
  readonly error: { readonly code?: string; readonly message?: string; readonly param?: string | null } | undefined;
}

let clock: ManualClock;
let one: Simulator;
let two: Simulator;
let three: Simulator;
let gateway: RunningGateway;
let servers: Server[];

beforeEach(async () => {
  clock = new ManualClock();
  servers = [];
  one = await startSimulator({ format: 'openai', name: 'one' });
  two = await startSimulator({ format: 'openai', flavour: 'deepseek', name: 'two' });
  three = await startSimulator({ format: 'anthropic', name: 'three' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close(), three.close()]);
  for (const server of servers) server.close();
});

async function start(setting: Setting = {}): Promise<void> {
  const all = `timeout: 30s, idle_timeout: 7s, ${setting.providers ?? 'max_retries: 2'}`;
  const providers = [
    `{ name: one, vendor: openai, base_url: "${one.url}/v1", api_keys: [key-1], model: small, models: [small, large], ${all}, ${setting.one ?? ''} }`,
    `{ name: two, vendor: deepseek, base_url: "${two.url}/v1", api_keys: [key-two], model: small, ${all} }`,
    `{ name: three, vendor: anthropic, base_url: "${three.url}/v1", api_keys: [key-three], model: clever, ${all} }`,
  ];
  // A member that is given for one provider stands in the place of that for all.
  const own = providers[0]!.replace(/max_retries: \d+(?=.*max_retries)/, 'headers: {}');
  gateway = await startGateway({
    clock,
    yaml: `
providers:
${[own, ...providers.slice(1)]
  .slice(0, setting.only ?? 3)
  .map((line) => `  - ${line}`)
  .join('\n')}
routing:
  cooldown: ${/cooldown:/.test(setting.routing ?? '') ? '' : '60s'}
${setting.routing ?? ''}`.replace(/ {2}cooldown: \n/, ''),
  });
}

async function ask(stream: boolean, more: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ stream, messages: [{ role: 'user', content: 'hi' }], ...more }),
  });
  const text = await response.text();
  return toAnswer(response.status, response.headers, text);
}

function toAnswer(status: number, headers: Headers, text: string): Answer {
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const data = isStream
    ? text
        .split('\n\n')
        .filter((frame) => frame.startsWith('data: '))
        .map((frame) => frame.slice('data: '.length))
    : [text];
  const events = data
    .filter((entry) => entry !== '[DONE]')
    .map((entry) => JSON.parse(entry) as Record<string, unknown>);
  const content = events
    .flatMap((event) => (event['choices'] ?? []) as { delta?: Words; message?: Words }[])
    .map((choice) => (choice.delta ?? choice.message)?.content ?? '')
    .join('');
  const error = events.map((event) => event['error'] as Answer['error']).find(Boolean);
  return { status, headers, text, events, content, isDone: data.at(-1) === '[DONE]', error };
}

interface Words {
  readonly content?: string | null;
}

interface Health {
  readonly status: string;
  readonly details: Record<
    string,
    { status: string; reason: string | null; cooling_until: string | null; keys: { total: number; available: number } }
  >;
}

async function health(): Promise<Health> {
  return (await getJson(`${gateway.url}/health`)).body as Health;
}

/** Who was called, as often as it was. */
const calls = (): readonly [number, number, number] => [
  one.requests.length,
  two.requests.length,
  three.requests.length,
];

async function expectNobodyRests(): Promise<void> {
  expect((await health()).status).toBe('ok');
}

/** The provider `one` rests for so long, and is back after it. */
async function expectRest(restMs: number, status: 'down' | 'degraded' = 'down'): Promise<void> {
  const { details } = await health();
  expect(details['one']).toMatchObject({
    status,
    cooling_until: new Date(clock.now() + restMs).toISOString(),
    reason: expect.any(String) as string,
  });
  expect(details['two']).toMatchObject({ status: 'up' });
}

function expectBackoff(retries: number): void {
  expect(clock.slept).toHaveLength(retries);
  clock.slept.forEach((wait, retry) => {
    expect(wait).toBeGreaterThanOrEqual(500 * 2 ** retry * 0.8);
    expect(wait).toBeLessThanOrEqual(500 * 2 ** retry * 1.2);
  });
}

interface Row {
  readonly name: string;
  readonly fault: Fault | string;
  /** Calls to the provider with two retries allowed. */
  readonly calls: 1 | 3;
  /** How long it rests; 0: it does not. */
  readonly restMs: number;
  /** What the caller sees if it was the last. */
  readonly status: number;
  readonly code: string;
  /** Absent where SDKs may repeat by themselves. */
  readonly shouldRetry?: 'false';
  readonly retryAfter?: string;
  /** `stream` and `whole`: only for such requests. */
  readonly only?: 'stream' | 'whole';
}

const failed = (name: string, fault: Row['fault'], status = 502, only?: Row['only']): Row => ({
  name,
  fault,
  calls: 3,
  restMs: COOLDOWN_MS,
  status,
  code: status === 503 ? 'upstream_unavailable' : 'upstream_error',
  shouldRetry: 'false',
  retryAfter: '60',
  ...(only === undefined ? {} : { only }),
});
const refusedKey = (name: string, fault: Row['fault']): Row => ({
  name,
  fault,
  calls: 1,
  restMs: 5 * COOLDOWN_MS,
  status: 502,
  code: 'upstream_credentials_exhausted',
  shouldRetry: 'false',
  retryAfter: '300',
});
const unknownModel = (name: string, fault: Row['fault']): Row => ({
  name,
  fault,
  calls: 1,
  restMs: COOLDOWN_MS,
  status: 404,
  code: 'model_not_found',
});
const limited = (name: string, fault: Row['fault'], seconds: number, tries: 1 | 3): Row => ({
  name,
  fault,
  calls: tries,
  restMs: seconds * 1000,
  status: 429,
  code: 'rate_limit_exceeded',
  retryAfter: String(Math.ceil(seconds)),
});

/** Every row in which the next target is asked. */
const MOVES_ON: readonly Row[] = [
  {
    name: 'context length exceeded',
    fault: 'context-length',
    calls: 1,
    restMs: 0,
    status: 400,
    code: 'context_length_exceeded',
  },
  refusedKey('401', 'status-401'),
  refusedKey('402', 'status-402'),
  refusedKey('403', 'status-403'),
  refusedKey('no credit as 429', 'insufficient-quota'),
  refusedKey('no credit as 400', {
    kind: 'status',
    status: 400,
    body: { error: { message: 'Your credit balance is too low to access the API', type: 'invalid_request_error' } },
  }),
  refusedKey('no credit as 403', {
    kind: 'status',
    status: 403,
    body: { error: { message: 'Insufficient account balance', type: 'new_api_error', code: 'insufficient_quota' } },
  }),
  unknownModel('404', 'status-404'),
  unknownModel('unknown model as 400', {
    kind: 'status',
    status: 400,
    body: { error: { message: 'Model Not Exist', type: 'invalid_request_error', code: 'invalid_request_error' } },
  }),
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
  failed('the body ends too early', 'cut-1', 502, 'whole'),
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
  limited('429 with seconds', 'status-429;retry-after=20', 20, 1),
  limited('429 with milliseconds', 'status-429;retry-after-ms=12500', 12.5, 1),
  limited('429 with both, of which milliseconds are finer', 'status-429;retry-after=15;retry-after-ms=14200', 14.2, 1),
  limited(
    '429 with a date',
    { kind: 'status', status: 429, retryAfter: new Date(new ManualClock().now() + 45_000).toUTCString() },
    45,
    1,
  ),
  limited('429 that says nothing', 'status-429', 60, 3),
];

const variants = (rows: readonly Row[]): (Row & { kind: string; stream: boolean })[] =>
  rows.flatMap((row) =>
    [false, true]
      .filter((stream) => row.only !== (stream ? 'whole' : 'stream'))
      .map((stream) => ({ ...row, kind: stream ? 'a stream' : 'a whole answer', stream })),
  );

describe('each failure that another target can mend', () => {
  test.each(variants(MOVES_ON))('$name, $kind: asked $calls times, then the next', async (row) => {
    await start();
    one.behave(row.fault);
    const before = clock.now();
    const answer = await ask(row.stream);
    expect(answer).toMatchObject({ status: 200, content: 'Hello from two: hi', error: undefined });
    if (row.stream) expect(answer.isDone).toBe(true);
    expect(calls()).toEqual([row.calls, 1, 0]);
    expectBackoff(row.calls - 1);
    expect(answer.headers.get('x-sluice-provider')).toBe('two');
    expect(answer.headers.get('x-sluice-attempts')).toBe(String(row.calls + 1));

    const waited = clock.now() - before;
    // A date stands still while the retries wait; there are none in its row.
    expect(waited).toBeCloseTo(clock.slept.reduce((sum, wait) => sum + wait, 0));
    if (row.restMs === 0) {
      await expectNobodyRests();
      await ask(row.stream);
      expect(one.requests).toHaveLength(2 * row.calls);
      return;
    }
    await expectRest(row.restMs, row.code === 'model_not_found' || row.calls === 3 || row.code === 'rate_limit_exceeded' ? 'degraded_or_down' as never : 'down');
  });

  test.each(variants(MOVES_ON))('$name, $kind: $status $code if it was the last', async (row) => {
    await start({ only: 1 });
    one.behave(row.fault);
    const answer = await ask(row.stream, { model: 'one/small' });
    expect(answer.status).toBe(row.status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.error).toMatchObject({
      code: row.code,
      message: expect.any(String) as string,
      type: expect.any(String) as string,
    });
    expect(answer.headers.get('x-should-retry')).toBe(row.shouldRetry ?? null);
    expect(answer.headers.get('retry-after')).toBe(row.retryAfter ?? null);
    expect(answer.headers.get('x-sluice-attempts')).toBe(String(row.calls));
    expect(one.requests).toHaveLength(row.calls);
  });
});

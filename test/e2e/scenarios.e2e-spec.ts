import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../simulator/fault.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/**
 * What happens to vendors, one scenario each, seen from callers of two formats: every request ends in the complete
 * answer or in the one right error, and no later than the timers of the configuration allow.
 */

const TIMEOUT_MS = 30_000;
const IDLE_MS = 7000;
const COOLDOWN_MS = 60_000;
/** Two repeats with their longest jitter. */
const BACKOFF_MS = (500 + 1000) * 1.2;

type Members = Readonly<Record<string, unknown>>;

let clock: ManualClock;
/** OpenAI's format, the primary. */
let one: Simulator;
/** Anthropic's format. */
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
  /** Members of the route. */
  readonly route?: Members;
  readonly routing?: Members;
  /** Members of every provider. */
  readonly all?: Members;
  /** How many providers there are. */
  readonly count?: number;
  readonly isRealTime?: boolean;
}

async function start({ route, routing, all, count = 3, isRealTime = false }: Setting = {}): Promise<void> {
  const common = { timeout: '30s', idle_timeout: '7s', max_retries: 2, ...all };
  const providers = [
    { name: 'one', vendor: 'openai', base_url: `${one.url}/v1`, model: 'small' },
    { name: 'two', vendor: 'anthropic', base_url: `${two.url}/v1`, model: 'clever' },
    { name: 'three', vendor: 'deepseek', base_url: `${three.url}/v1`, model: 'small' },
  ]
    .slice(0, count)
    .map((provider) => ({ ...provider, api_keys: [`key-of-${provider.name}`], ...common }));
  const targets = providers.map(({ name }) => name);
  gateway = await startGateway({
    ...(isRealTime ? {} : { clock }),
    yaml: JSON.stringify({
      providers,
      routing: { ...routing, routes: [{ name: 'auto', targets, ...route }] },
    }),
  });
}

type Caller = 'openai' | 'anthropic';
const CALLERS = ['openai', 'anthropic'] as const satisfies readonly Caller[];

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly content: string;
  /** It says that it is complete: with a finish reason and, streamed, the end marker. */
  readonly isWhole: boolean;
  readonly error: Members | undefined;
  readonly usage: readonly [input: number, output: number] | undefined;
}

interface Piece {
  readonly type?: string;
  readonly error?: Members;
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null };
    readonly message?: { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
  readonly content?: readonly { readonly text?: string }[];
  readonly stop_reason?: string | null;
  readonly delta?: { readonly text?: string; readonly stop_reason?: string | null };
  readonly usage?: Readonly<Record<string, number>> | null;
  readonly message?: { readonly usage?: Readonly<Record<string, number>> };
}

const PATHS = { openai: '/v1/chat/completions', anthropic: '/v1/messages' } as const;

function post(caller: Caller, stream: boolean, more: Members = {}): Promise<Response> {
  const openai = stream ? { stream_options: { include_usage: true } } : {};
  return fetch(`${gateway.url}${PATHS[caller]}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'auto',
      stream,
      messages: [{ role: 'user', content: 'hi' }],
      ...(caller === 'openai' ? openai : { max_tokens: 100 }),
      ...more,
    }),
  });
}

async function ask(caller: Caller, stream: boolean, more: Members = {}): Promise<Answer> {
  const response = await post(caller, stream, more);
  return toAnswer(response, await response.text());
}

function toAnswer(response: Response, text: string): Answer {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const data = isStream ? [...text.matchAll(/^data: (.*)$/gm)].map(([, value = '']) => value) : [text];
  const pieces = data.filter((value) => value !== '[DONE]').map((value) => JSON.parse(value) as Piece);
  const content = pieces.flatMap(({ choices = [], content: blocks = [], delta }) => [
    ...choices.map((choice) => (choice.delta ?? choice.message)?.content ?? ''),
    ...blocks.map((block) => block.text ?? ''),
    delta?.text ?? '',
  ]);
  const hasFinish = pieces.some(
    ({ choices = [], delta, stop_reason }) =>
      choices.some(({ finish_reason }) => typeof finish_reason === 'string') ||
      typeof (stop_reason ?? delta?.stop_reason) === 'string',
  );
  const hasEnd = data.at(-1) === '[DONE]' || pieces.at(-1)?.type === 'message_stop';
  const counts = Object.assign({}, ...pieces.map(({ message, usage }) => message?.usage ?? usage)) as Record<
    string,
    number
  >;
  const input = counts['prompt_tokens'] ?? counts['input_tokens'];
  const output = counts['completion_tokens'] ?? counts['output_tokens'];
  return {
    status: response.status,
    headers: response.headers,
    text,
    content: content.join(''),
    isWhole: hasFinish && (!isStream || hasEnd),
    error: pieces.map(({ error }) => error).find((error) => error !== undefined),
    usage: input === undefined || output === undefined ? undefined : [input, output],
  };
}

const calls = (): readonly number[] => [one, two, three].map((vendor) => vendor.requests.length);
const allOf = (name: string): string => `Hello from ${name}: hi`;

interface Health {
  readonly status: string;
  readonly details: Readonly<Record<string, Members>>;
}
const health = async (): Promise<Health> => (await getJson(`${gateway.url}/health`)).body as Health;

/** One line of the log for the one request, written when its answer is out. */
const expectLogged = (members: Members): Promise<void> =>
  vi.waitFor(() => {
    const lines = gateway.logs.matching({ message: 'request' });
    expect(lines.map(({ message }) => message)).toMatchObject([members]);
  });

/** The gateway has read what the vendor sent before it fell silent. */
async function untilSilentAfter(vendor: Simulator, chunks: number): Promise<void> {
  await vi.waitFor(() => {
    expect(vendor.requests.at(-1)?.chunksSent).toBe(chunks);
    if (chunks > 0) expect(clock.hasTimer(IDLE_MS)).toBe(true);
  });
  for (let round = 0; round < 3; round++) await health();
}

interface Scenario {
  readonly name: string;
  /** Of the primary, until healed; or one for each of its calls. */
  readonly fault: Fault | string | readonly string[];
  readonly only?: 'stream' | 'whole';
  readonly route?: Members;
  /** What passes before the vendor is given up; the test lets it pass once the vendor is silent. */
  readonly silence?: { readonly ms: number; readonly afterChunks: number };
  /** Who answers; else the error is seen. */
  readonly from?: 'one' | 'two';
  readonly error?: { readonly status: number; readonly openai: string; readonly anthropic: string };
  readonly calls: readonly number[];
  /** The longest that it may take. */
  readonly withinMs: number;
  readonly rests?: boolean;
}

const PREFILL: Fault = {
  kind: 'status',
  status: 400,
  body: {
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message:
        'This model does not support assistant message prefill. The conversation must end with a user message.',
    },
  },
};
const BROKEN = { status: 200, openai: 'stream_interrupted', anthropic: 'api_error' };
const REFUSED = { status: 400, openai: 'content_policy_violation', anthropic: 'invalid_request_error' };
const atOnce = { calls: [1, 1, 0], withinMs: 0 } as const;
const afterRepeats = { calls: [3, 1, 0], withinMs: BACKOFF_MS } as const;

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'rate limit with retry-after',
    fault: 'status-429;retry-after=20',
    from: 'two',
    rests: true,
    ...atOnce,
  },
  { name: 'rate limit without', fault: 'status-429', from: 'two', rests: true, ...afterRepeats },
  { name: 'one 500', fault: ['status-500'], from: 'one', calls: [2, 0, 0], withinMs: 600 },
  { name: 'lasting 503', fault: 'status-503', from: 'two', rests: true, ...afterRepeats },
  { name: 'reset', fault: 'reset', from: 'two', rests: true, ...afterRepeats },
  {
    name: 'silence',
    fault: 'silent',
    silence: { ms: TIMEOUT_MS, afterChunks: 0 },
    // Else a sign of life goes out before, and its head says nothing of who will serve.
    route: { early_keep_alive: 'off' },
    from: 'two',
    rests: true,
    calls: [1, 1, 0],
    withinMs: TIMEOUT_MS,
  },
  {
    name: 'slow first token',
    fault: 'slow-600000',
    silence: { ms: TIMEOUT_MS, afterChunks: 0 },
    // Else a sign of life goes out before, and its head says nothing of who will serve.
    route: { early_keep_alive: 'off' },
    from: 'two',
    rests: true,
    calls: [1, 1, 0],
    withinMs: TIMEOUT_MS,
  },
  {
    name: 'cut before content',
    fault: 'cut-0',
    only: 'stream',
    from: 'two',
    rests: true,
    ...afterRepeats,
  },
  {
    name: 'cut after content',
    fault: 'cut-2',
    only: 'stream',
    error: BROKEN,
    rests: true,
    calls: [1, 0, 0],
    withinMs: 0,
  },
  { name: 'cut body', fault: 'cut-1', only: 'whole', from: 'two', rests: true, ...afterRepeats },
  {
    name: 'stall after content',
    fault: 'stall-2',
    only: 'stream',
    silence: { ms: IDLE_MS, afterChunks: 2 },
    error: BROKEN,
    rests: true,
    calls: [1, 0, 0],
    withinMs: IDLE_MS,
  },
  {
    name: 'malformed event',
    fault: 'malformed-1',
    only: 'stream',
    from: 'one',
    calls: [1, 0, 0],
    withinMs: 0,
  },
  { name: 'malformed body', fault: 'bad-json', only: 'whole', from: 'two', rests: true, ...afterRepeats },
  { name: 'missing end marker', fault: 'no-end', from: 'one', calls: [1, 0, 0], withinMs: 0 },
  { name: 'context length', fault: 'context-length', from: 'two', ...atOnce },
  { name: 'content filter, stop', fault: 'content-policy', error: REFUSED, calls: [1, 0, 0], withinMs: 0 },
  {
    name: 'content filter, next',
    fault: 'content-policy',
    route: { on_content_filter: 'next' },
    from: 'two',
    ...atOnce,
  },
  { name: 'prefill refusal', fault: PREFILL, from: 'two', ...atOnce },
];

/** With the whole answer held back, what breaks after content is mended too. */
const BUFFERED: readonly Scenario[] = [
  { name: 'cut after content', fault: 'cut-2', from: 'two', rests: true, ...afterRepeats },
  { name: 'reset after content', fault: 'reset-2', from: 'two', rests: true, ...afterRepeats },
  {
    name: 'stall after content',
    fault: 'stall-2',
    silence: { ms: IDLE_MS, afterChunks: 2 },
    from: 'two',
    rests: true,
    calls: [1, 1, 0],
    withinMs: IDLE_MS,
  },
  { name: 'error event after content', fault: 'error-2', from: 'two', rests: true, ...afterRepeats },
  { name: 'three malformed events', fault: 'malformed-2;count=3', from: 'two', rests: true, ...afterRepeats },
  { name: 'one cut and then sound', fault: ['cut-2'], from: 'one', calls: [2, 0, 0], withinMs: 600 },
  { name: 'malformed event', fault: 'malformed-1', from: 'one', calls: [1, 0, 0], withinMs: 0 },
  { name: 'missing end marker', fault: 'no-end', from: 'one', calls: [1, 0, 0], withinMs: 0 },
  { name: 'prefill refusal', fault: PREFILL, from: 'two', ...atOnce },
  { name: 'content filter, stop', fault: 'content-policy', error: REFUSED, calls: [1, 0, 0], withinMs: 0 },
].map((scenario) => ({ ...scenario, only: 'stream', route: { stream_commit: 'buffered' } }) as Scenario);

const rowsOf = (scenarios: readonly Scenario[]) =>
  scenarios.flatMap((scenario) =>
    CALLERS.flatMap((caller) =>
      [false, true]
        .filter((stream) => scenario.only !== (stream ? 'whole' : 'stream'))
        .map((stream) => ({ ...scenario, caller, stream, kind: stream ? 'streamed' : 'whole' })),
    ),
  );
type Row = ReturnType<typeof rowsOf>[number];

async function play(row: Row): Promise<void> {
  await start({ ...(row.route === undefined ? {} : { route: row.route }) });
  if (Array.isArray(row.fault)) one.script(row.fault as readonly string[]);
  else one.behave(row.fault as Fault | string);
  const begunAt = clock.now();
  const asked = ask(row.caller, row.stream);
  if (row.silence !== undefined) {
    await one.waitForRequest();
    await untilSilentAfter(one, row.silence.afterChunks);
    clock.advance(row.silence.ms);
  }
  const answer = await asked;
  expect(clock.now() - begunAt).toBeLessThanOrEqual(row.withinMs);
  expect(calls()).toEqual(row.calls);
  if (row.from !== undefined) {
    expect(answer).toMatchObject({
      status: 200,
      content: allOf(row.from),
      isWhole: true,
      error: undefined,
    });
    expect(answer.headers.get('x-sluice-provider')).toBe(row.from);
    const made = row.calls.reduce((sum, count) => sum + count, 0);
    expect(answer.headers.get('x-sluice-attempts')).toBe(String(made));
  }
  if (row.error !== undefined) {
    expect(answer).toMatchObject({ status: row.error.status, isWhole: false });
    expect(answer.error).toMatchObject(
      row.caller === 'openai' ? { code: row.error.openai } : { type: row.error.anthropic },
    );
  }
  expect((await health()).details['one']).toMatchObject({ status: row.rests === true ? 'down' : 'up' });
  // The vendor that was given up is no longer listened to.
  if (row.silence !== undefined) await one.waitForCallerClose();
}

describe('each scenario ends in the complete answer or the one right error', () => {
  test.each(rowsOf(SCENARIOS))('$name ($kind, $caller caller)', play);
});

describe('with stream_commit: buffered', () => {
  test.each(rowsOf(BUFFERED))('$name ($caller caller)', play);

  test('an answer of another vendor that is cut is not mixed with the next', async () => {
    await start({ route: { stream_commit: 'buffered', targets: ['two', 'one'] } });
    two.behave('cut-3');
    const answer = await ask('openai', true);
    expect(answer).toMatchObject({ content: allOf('one'), isWhole: true, error: undefined });
    expect(answer.text).not.toContain('two');
  });

  test('a slow drip is given up although it never falls silent', async () => {
    await start({
      route: { stream_commit: 'buffered' },
      all: { idle_timeout: '400ms', max_retries: 0 },
      isRealTime: true,
    });
    one.behave('drip-150;chunks=60');
    const answer = await ask('openai', true);
    expect(answer).toMatchObject({ content: allOf('two'), isWhole: true });
    const dripped = await one.waitForCallerClose();
    expect(dripped.chunksSent).toBeLessThan(30);
    expect((await health()).details['one']).toMatchObject({ status: 'down' });
  });

  describe('and a vendor that lets the caller wait', () => {
    const SIGNS = { openai: ': keep-alive\n\n', anthropic: 'event: ping\n' } as const;
    const waiting = { route: { stream_commit: 'buffered' }, count: 2, all: { idle_timeout: '50s' } };

    /** The primary has sent two chunks, has been silent since, and the caller has had a sign of life. */
    async function waitLong(): Promise<void> {
      one.behave('stall-2');
      await one.waitForRequest();
      await vi.waitFor(() => {
        expect(one.requests[0]?.chunksSent).toBe(2);
        expect(clock.hasTimer(50_000)).toBe(true);
      });
      for (let round = 0; round < 3; round++) await health();
      clock.advance(15_000);
    }

    test.each(CALLERS)(
      'signs of life reach it, then the complete answer of another (%s caller)',
      async (caller) => {
        await start(waiting);
        one.behave('stall-2');
        const asked = post(caller, true);
        await waitLong();
        const response = await asked;
        expect(response.status).toBe(200);
        clock.advance(34_999);
        expect(two.requests).toHaveLength(0);
        clock.advance(1);
        const answer = toAnswer(response, await response.text());
        expect(answer).toMatchObject({ content: allOf('two'), isWhole: true, error: undefined });
        const [before = ''] = answer.text.split(/data: \{.*(?:message_start|chatcmpl)/);
        expect(before.split(SIGNS[caller])).toHaveLength(4);
        expect(calls()).toEqual([1, 1, 0]);
      },
    );

    test('an error after that is raised by the openai SDK', async () => {
      await start(waiting);
      one.behave('stall-2');
      two.behave('status-529');
      const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none' });
      const asked = client.chat.completions.create({
        model: 'auto',
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      });
      await waitLong();
      const stream = await asked;
      clock.advance(35_000);
      const read = async (): Promise<void> => {
        for await (const chunk of stream) expect(chunk.choices[0]?.delta.content ?? '').toBe('');
      };
      await expect(read()).rejects.toMatchObject({ code: 'upstream_unavailable' });
      expect(calls()).toEqual([1, 3, 0]);
      await expectLogged({ status: 200, error: 'upstream_unavailable' });
    });

    test('an error after that is raised by the anthropic SDK', async () => {
      await start(waiting);
      one.behave('stall-2');
      two.behave('status-529');
      const client = new Anthropic({ baseURL: gateway.url, apiKey: 'none' });
      const asked = client.messages.create({
        model: 'auto',
        max_tokens: 100,
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      });
      await waitLong();
      const stream = await asked;
      clock.advance(35_000);
      const read = async (): Promise<void> => {
        for await (const event of stream) expect(event.type).not.toBe('content_block_delta');
      };
      await expect(read()).rejects.toBeInstanceOf(Anthropic.APIError);
    });

    test.each(CALLERS)(
      'the error stands in the stream once, without an end marker (%s caller)',
      async (caller) => {
        await start(waiting);
        one.behave('stall-2');
        two.behave('status-529');
        const asked = post(caller, true);
        await waitLong();
        const response = await asked;
        clock.advance(35_000);
        const answer = toAnswer(response, await response.text());
        expect(answer).toMatchObject({ status: 200, content: '', isWhole: false });
        expect(answer.error).toMatchObject(
          caller === 'openai' ? { code: 'upstream_unavailable' } : { type: 'overloaded_error' },
        );
        expect(answer.text).not.toMatch(/\[DONE\]|message_stop/);
        expect(answer.text.match(/"error":/g)).toHaveLength(1);
      },
    );

    test('without signs of life an error is still a status', async () => {
      await start(waiting);
      one.behave('cut-2');
      two.behave('status-529');
      expect(await ask('openai', true)).toMatchObject({
        status: 503,
        error: { code: 'upstream_unavailable' },
      });
    });
  });
});

describe('a prefill that every model refuses', () => {
  test.each(CALLERS)('is the 400 of the vendor, and nobody rests (%s caller)', async (caller) => {
    await start({ all: { max_retries: 0 } });
    for (const vendor of [one, two, three]) vendor.behave(PREFILL);
    const answer = await ask(caller, false);
    expect(answer.status).toBe(400);
    expect(answer.error?.['message']).toContain('does not support assistant message prefill');
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(calls()).toEqual([1, 1, 1]);
    expect(await health()).toMatchObject({ status: 'ok' });
  });
});

describe('a primary that is down for a minute', () => {
  const FLAPPING = { all: { max_retries: 0 }, routing: { cooldown: '10s' } };

  /** So many requests at once; how many of them the primary answered. */
  async function burst(requests: number): Promise<number> {
    const answers = await Promise.all(
      Array.from({ length: requests }, (_, index) => ask('openai', index % 2 === 0)),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, isWhole: true, error: undefined });
    }
    return answers.filter(({ content }) => content === allOf('one')).length;
  }

  test('costs a handful of trials, and is back within a cooldown without a stampede', async () => {
    await start(FLAPPING);
    one.behave('status-503');
    expect((await ask('openai', false)).content).toBe(allOf('two'));
    for (let second = 0; second < 60; second++) {
      expect(await burst(3)).toBe(0);
      clock.advance(1000);
    }
    // One that found out, and one trial for each cooldown.
    expect(one.requests.length).toBeLessThanOrEqual(1 + 6);
    expect(one.requests.length).toBeGreaterThanOrEqual(1 + 5);

    one.behave('ok');
    const healedAt = clock.now();
    while ((await burst(1)) === 0) clock.advance(500);
    expect(clock.now() - healedAt).toBeLessThanOrEqual(10_000);

    const served: number[] = [];
    for (let step = 0; step < 12; step++) {
      served.push(await burst(40));
      clock.advance(500);
    }
    const sumOf = (from: number, to: number): number =>
      served.slice(from, to).reduce((sum, count) => sum + count, 0);
    expect(sumOf(0, 4)).toBeLessThanOrEqual(0.1 * 160 + 10);
    expect(sumOf(0, 4)).toBeGreaterThan(0);
    expect(sumOf(4, 8)).toBeGreaterThan(0.3 * 160);
    expect(sumOf(4, 8)).toBeLessThan(0.7 * 160);
    expect(sumOf(8, 12)).toBe(160);
  });

  test('requests at the end of a rest make one trial, however many come at once', async () => {
    await start(FLAPPING);
    one.behave('status-503');
    await ask('openai', false);
    one.clearLog();
    clock.advance(10_000);
    expect(await burst(30)).toBe(0);
    expect(one.requests).toHaveLength(1);
  });
});

describe('accounting right after a failover', () => {
  const usageOf = (input: number, output: number) => ({ usage: { input, output } });

  test.each(CALLERS)('tokens and price are those of the answer (%s caller)', async (caller) => {
    await start({
      all: { prices: { clever: { input: 3, output: 15 }, small: { input: 1000, output: 1000 } } },
    });
    one.setAnswer(usageOf(1111, 2222));
    two.setAnswer(usageOf(10, 20));
    one.behave('cut-1');
    const answer = await ask(caller, false);
    expect(answer.usage).toEqual([10, 20]);
    expect(answer.headers.get('x-sluice-attempts')).toBe('4');
    expect(answer.headers.get('x-sluice-provider')).toBe('two');
    expect(answer.headers.get('x-sluice-model')).toBe('clever');
    expect(Number(answer.headers.get('x-sluice-cost-usd'))).toBeCloseTo((10 * 3 + 20 * 15) / 1e6, 9);
    await expectLogged({
      provider: 'two',
      model: 'clever',
      status: 200,
      attempts: { length: 4 },
      input_tokens: 10,
      output_tokens: 20,
    });
  });

  test.each([
    ['openai' as const, 'two', 'one', 'cut-2'],
    ['anthropic' as const, 'two', 'one', 'cut-2'],
    ['openai' as const, 'one', 'two', 'error-2'],
    ['anthropic' as const, 'one', 'two', 'error-2'],
  ])(
    'what a held stream had used when it broke is not billed (%s caller, %s before %s, %s)',
    async (caller, first, second, fault) => {
      await start({
        route: { stream_commit: 'buffered', targets: [first, second] },
        all: { max_retries: 0 },
      });
      const [failing, sound] = first === 'one' ? [one, two] : [two, one];
      failing.setAnswer(usageOf(1111, 2222));
      sound.setAnswer(usageOf(10, 20));
      failing.behave(fault);
      const answer = await ask(caller, true);
      expect(answer).toMatchObject({ content: allOf(second), isWhole: true, usage: [10, 20] });
      expect(answer.headers.get('x-sluice-attempts')).toBe('2');
      await expectLogged({
        provider: second,
        status: 200,
        attempts: { length: 2 },
        input_tokens: 10,
        output_tokens: 20,
      });
    },
  );

  test('a request that everything refused has no tokens', async () => {
    await start({ all: { max_retries: 0 } });
    for (const vendor of [one, two, three]) vendor.behave('status-500');
    expect((await ask('openai', false)).headers.get('x-sluice-cost-usd')).toBeNull();
    await expectLogged({ status: 502, attempts: { length: 3 }, input_tokens: null, output_tokens: null });
  });

  test('the rest of a failed primary is not counted twice by the requests after it', async () => {
    await start({ all: { max_retries: 0 } });
    one.behave('status-500');
    expect((await ask('openai', true)).headers.get('x-sluice-attempts')).toBe('2');
    clock.advance(COOLDOWN_MS / 2);
    expect((await ask('openai', true)).headers.get('x-sluice-attempts')).toBe('1');
    expect(calls()).toEqual([1, 2, 0]);
  });
});

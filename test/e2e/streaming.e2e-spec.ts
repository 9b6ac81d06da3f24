import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Split } from '../simulator/split.ts';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { HandVendor } from '../support/hand-vendor.js';
import { getJson, postStream, type StreamAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: string, more: object = {}): string =>
  frame({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    ...more,
  });
const ROLE = frame({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
});
const FINISH = frame({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
});
const DONE = 'data: [DONE]\n\n';

interface Words {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

/** What the deltas of a stream say together. */
const contentOf = ({ events }: StreamAnswer): string =>
  events.map((event) => (event as Words).choices?.[0]?.delta?.content ?? '').join('');

let clock: ManualClock;
let hand: HandVendor;
let openai: Simulator;
let anthropic: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  hand = new HandVendor();
  await hand.listen();
  openai = await startSimulator({ format: 'openai' });
  anthropic = await startSimulator({ format: 'anthropic' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([hand.close(), openai.close(), anthropic.close()]);
});

async function start(withClock = true): Promise<void> {
  const common = {
    api_keys: ['vendor-key'],
    models: ['*'],
    timeout: '30s',
    idle_timeout: '7s',
    max_retries: 0,
  };
  gateway = await startGateway({
    ...(withClock ? { clock } : {}),
    yaml: JSON.stringify({
      providers: [
        { name: 'hand', vendor: 'openai-compatible', base_url: `${hand.url}/v1`, model: 'm', ...common },
        { name: 'openai', vendor: 'openai', base_url: `${openai.url}/v1`, model: 'gpt-4o', ...common },
        {
          name: 'anthropic',
          vendor: 'anthropic',
          base_url: `${anthropic.url}/v1`,
          model: 'claude-haiku-4-5',
          ...common,
        },
      ],
    }),
  });
}

const chatUrl = (): string => `${gateway.url}/v1/chat/completions`;
const question = (model: string, more: object = {}): object => ({
  model,
  stream: true,
  messages: [{ role: 'user', content: 'hi' }],
  ...more,
});
const ask = (model: string, more: object = {}): Promise<StreamAnswer> =>
  postStream(chatUrl(), question(model, more));

interface Opened {
  /** Absent until the headers are there. */
  response: IncomingMessage | undefined;
  readonly failure: Promise<unknown>;
}

/** A request whose answer is left unread until the test reads it. */
function open(model: string): Opened {
  const opened: { response: IncomingMessage | undefined; failure: Promise<unknown> } = {
    response: undefined,
    failure: Promise.resolve(),
  };
  const call = httpRequest(chatUrl(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    agent: false,
  });
  opened.failure = new Promise((resolve) => call.on('error', resolve));
  call.on('response', (response) => {
    opened.response = response;
    response.pause();
    response.on('error', () => undefined);
  });
  call.end(JSON.stringify(question(model)));
  return opened;
}

async function headersOf(opened: Opened): Promise<IncomingMessage> {
  await vi.waitFor(() => {
    expect(opened.response).toBeDefined();
  });
  return opened.response!;
}

/** Reads to the end what a response has left. */
async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const piece of response) text += piece as string;
  return text;
}

/** A whole exchange through the same gateway and vendor: what was written before it has been read by now. */
async function letOthersPass(times = 5): Promise<void> {
  for (let time = 0; time < times; time++) {
    await getJson(`${gateway.url}/health`);
    await ask('openai/gpt-4o');
    await nextTurn();
  }
}

describe('the first content commits', () => {
  test('nothing is sent before it, then headers and all that was held at once', async () => {
    await start();
    const opened = open('hand/m');
    const vendor = await hand.answer();
    vendor.write(`: comment\n\n${ROLE}`);
    vendor.write(
      frame({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [] }),
    );
    await letOthersPass();
    expect(opened.response).toBeUndefined();

    vendor.write(delta('Hello'));
    const response = await headersOf(opened);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(response.headers['x-sluice-provider']).toBe('hand');
    vendor.end(delta(' there') + FINISH + DONE);
    const text = await readAll(response);
    expect(text.startsWith(ROLE)).toBe(true);
    expect(text.endsWith(delta('Hello') + delta(' there') + FINISH + DONE)).toBe(true);
  });

  test('until then a failure is a real status', async () => {
    await start();
    const opened = open('hand/m');
    const vendor = await hand.answer();
    vendor.write(ROLE);
    await letOthersPass(2);
    vendor.end(frame({ error: { message: 'Overloaded', type: 'overloaded_error' } }));
    const response = await headersOf(opened);
    expect(response.statusCode).toBe(503);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    await readAll(response);
  });

  test.each([
    ['reasoning', { reasoning_content: 'Let me see' }],
    [
      'a tool call',
      { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }] },
    ],
    ['a refusal', { refusal: 'No' }],
  ])('%s is content too', async (_name, content) => {
    await start();
    const opened = open('hand/m');
    const vendor = await hand.answer();
    vendor.write(ROLE);
    vendor.write(
      frame({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta: content, finish_reason: null }],
      }),
    );
    const response = await headersOf(opened);
    expect(response.statusCode).toBe(200);
    vendor.end(FINISH + DONE);
    expect(await readAll(response)).toContain('[DONE]');
  });

  test('an answer without any content is whole with its finish', async () => {
    await start();
    const opened = open('hand/m');
    (await hand.answer()).end(ROLE + FINISH + DONE);
    expect(await readAll(await headersOf(opened))).toBe(ROLE + FINISH + DONE);
  });

  test('each delta is passed on as it comes', async () => {
    await start();
    const opened = open('hand/m');
    const vendor = await hand.answer();
    vendor.write(ROLE + delta('0'));
    const response = await headersOf(opened);
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (piece: string) => {
      text += piece;
    });
    response.resume();
    for (let number = 1; number <= 5; number++) {
      await vi.waitFor(() => {
        expect(text).toContain(delta(String(number - 1)));
      });
      vendor.write(delta(String(number)));
    }
    const ended = new Promise((resolve) => response.on('end', resolve));
    vendor.end(FINISH + DONE);
    await ended;
    expect(text.endsWith(DONE)).toBe(true);
  });
});

describe('between equal formats', () => {
  const FRAMES = [
    ROLE,
    delta('Größe 😀', { system_fingerprint: 'fp', next_years_field: { deep: [1, 2.5, null] } }),
    // Spacing, order and number spelling are the vendor's own.
    'data: { "choices" : [{"delta":{"content":" b","odd":1e2},"index":0,"finish_reason":null}],"id":"chatcmpl-1", "object":"chat.completion.chunk","created":1,"model":"m"}\n\n',
    frame({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta: {}, finish_reason: 'stop', content_filter_results: {} }],
    }),
    frame({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost_details: { upstream: 0 } },
    }),
    DONE,
  ];

  test('every frame arrives as the vendor wrote it, unknown fields and all', async () => {
    await start();
    openai.behave({ kind: 'replay', body: FRAMES.join('') });
    const { text } = await ask('openai/gpt-4o', { stream_options: { include_usage: true } });
    expect(text).toBe(FRAMES.join(''));
  });

  test('the usage that only the gateway asked for stays with it', async () => {
    await start();
    openai.behave({ kind: 'replay', body: FRAMES.join('') });
    const { text } = await ask('openai/gpt-4o');
    expect(text).toBe(FRAMES.filter((entry) => !entry.includes('"usage"')).join(''));
    expect(openai.requests[0]?.body).toMatchObject({ stream_options: { include_usage: true } });
  });

  test('of a request only what must change is changed', async () => {
    await start();
    const more = { next_years_option: { a: [1] }, seed: 7, temperature: 0.1, metadata: { k: 'v' } };
    await ask('openai/gpt-4o', more);
    expect(openai.requests[0]?.body).toMatchObject({ ...more, model: 'gpt-4o' });
  });

  test('line ends of every kind are read', async () => {
    await start();
    for (const end of ['\r\n', '\r']) {
      openai.behave({
        kind: 'replay',
        body: FRAMES.join('').replaceAll('\n', end),
        split: { seed: 7, max: 9 },
      });
      expect(contentOf(await ask('openai/gpt-4o'))).toBe('Größe 😀 b');
    }
  });
});

describe('an Anthropic vendor and an OpenAI caller', () => {
  test('get a stream of chunks that is whole', async () => {
    await start();
    anthropic.setAnswer({ answer: 'One two', reasoning: 'Hm', usage: { input: 9, output: 12 } });
    const answer = await ask('anthropic/claude-haiku-4-5', { stream_options: { include_usage: true } });
    expect(answer.headers.get('x-sluice-provider')).toBe('anthropic');
    expect(contentOf(answer)).toBe('One two');
    const events = answer.events.slice(0, -1) as {
      id: string;
      object: string;
      model: string;
      choices: unknown[];
    }[];
    expect(answer.events.at(-1)).toBe('[DONE]');
    expect(new Set(events.map((event) => `${event.id} ${event.object} ${event.model}`)).size).toBe(1);
    expect(events[0]).toMatchObject({
      object: 'chat.completion.chunk',
      model: 'claude-haiku-4-5',
      choices: [{ index: 0, delta: { role: 'assistant' } }],
    });
    expect(answer.text).toContain('"reasoning_content":"Hm"');
    expect(events.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    expect(events.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
    });
  });

  test('get tool calls in pieces that make JSON', async () => {
    await start();
    anthropic.setAnswer({
      answer: '',
      tools: [{ name: 'weather', arguments: '{"city":"Köln","days":[1,2]}' }],
    });
    const tools = [
      { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } },
    ];
    const { events } = await ask('anthropic/claude-haiku-4-5', { tools });
    const calls = (
      events as { choices?: { delta?: { tool_calls?: ToolDelta[] }; finish_reason?: string }[] }[]
    ).flatMap((event) => event.choices?.[0]?.delta?.tool_calls ?? []);
    expect(calls[0]).toMatchObject({
      index: 0,
      id: expect.any(String) as string,
      type: 'function',
      function: { name: 'weather' },
    });
    expect(JSON.parse(calls.map((call) => call.function.arguments ?? '').join(''))).toEqual({
      city: 'Köln',
      days: [1, 2],
    });
    expect(JSON.stringify(events)).toContain('"finish_reason":"tool_calls"');
  });
});

interface ToolDelta {
  readonly function: { readonly arguments?: string };
}

describe('a body that is cut anywhere', () => {
  const answer = 'Grüße, 😀 – 你好 "quoted" \\ and\nmore';

  const splits: readonly (readonly [name: string, split: Split])[] = [
    ['every byte', 'every-byte'],
    ...[1, 2, 3].map((seed) => [`random places (seed ${String(seed)})`, { seed, max: 40 }] as const),
  ];
  const models = ['openai/gpt-4o', 'anthropic/claude-haiku-4-5'];

  test.each(models.flatMap((model) => splits.map(([where, split]) => ({ model, where, split }))))(
    '$model at $where reads the same',
    async ({ model, split }) => {
      await start();
      for (const vendor of [openai, anthropic]) vendor.setAnswer({ answer, reasoning: 'Hm, ✓', split });
      const cut = await ask(model, { stream_options: { include_usage: true } });
      for (const vendor of [openai, anthropic]) {
        await vendor.clear();
        vendor.setAnswer({ answer, reasoning: 'Hm, ✓' });
      }
      const whole = await ask(model, { stream_options: { include_usage: true } });
      expect(contentOf(cut)).toBe(answer);
      expect(withoutIds(cut.text)).toBe(withoutIds(whole.text));
    },
  );
});

/** What differs from one answer to the next. */
const withoutIds = (text: string): string => text.replace(/"(?:id|created)":(?:"[^"]*"|\d+)/g, '');

describe('a slow caller', () => {
  const PIECE = delta('x'.repeat(16 * 1024));
  const TOTAL_BYTES = 64 * 1024 * 1024;

  test('slows the vendor down instead of filling memory, and is not taken for a silent vendor', async () => {
    await start();
    const opened = open('hand/m');
    const vendor = await hand.answer();
    let writtenBytes = 0;
    const writing = (async () => {
      while (writtenBytes < TOTAL_BYTES) {
        writtenBytes += PIECE.length;
        if (!vendor.write(PIECE)) await new Promise((resolve) => vendor.once('drain', resolve));
        else await nextTurn();
      }
      vendor.end(FINISH + DONE);
    })();
    const response = await headersOf(opened);
    let before = -1;
    await vi.waitFor(
      () => {
        const isStill = before === writtenBytes;
        before = writtenBytes;
        expect(isStill && vendor.writableNeedDrain).toBe(true);
      },
      { timeout: 10_000, interval: 200 },
    );
    // Socket buffers of both connections and little more; the rest of the stream is still the vendor's.
    expect(writtenBytes).toBeLessThan(TOTAL_BYTES / 2);
    const stillAt = writtenBytes;
    // Longer than a vendor may be silent, and shorter than a caller may be.
    for (let time = 0; time < 8; time++) {
      clock.advance(7000);
      await nextTurn();
    }
    await letOthersPass(1);
    expect(writtenBytes).toBe(stillAt);
    expect(vendor.destroyed).toBe(false);

    let readBytes = 0;
    let tail = '';
    response.on('data', (piece: Buffer) => {
      readBytes += piece.length;
      tail = (tail + piece.toString('latin1')).slice(-DONE.length);
    });
    const ended = new Promise((resolve) => response.on('close', resolve));
    response.resume();
    await Promise.all([writing, ended]);
    expect(readBytes).toBe(writtenBytes + FINISH.length + DONE.length);
    expect(tail).toBe(DONE);
    expect((await getJson(`${gateway.url}/health`)).body).toMatchObject({ status: 'ok' });
  });

  test('that leaves while it is slow takes the vendor call with it', async () => {
    await start();
    const opened = open('hand/m');
    const vendor = await hand.answer();
    const closed = new Promise((resolve) => vendor.once('close', resolve));
    vendor.on('drain', () => {
      while (!vendor.destroyed && vendor.write(PIECE));
    });
    while (vendor.write(PIECE));
    const response = await headersOf(opened);
    await letOthersPass(2);
    response.destroy();
    await closed;
    expect(vendor.writableFinished).toBe(false);
  });
});

describe('many streams at once', () => {
  test('500 all complete, each with its own answer', { timeout: 60_000 }, async () => {
    await start(false);
    const agent = new Agent({ maxSockets: Infinity });
    openai.setAnswer({ chunks: 20, chunkDelayMs: 10 });
    anthropic.setAnswer({ chunks: 20, chunkDelayMs: 10 });
    const models = ['openai/gpt-4o', 'anthropic/claude-haiku-4-5'];
    const texts = await Promise.all(
      Array.from(
        { length: 500 },
        (_, number) =>
          new Promise<string>((resolve, reject) => {
            const call = httpRequest(chatUrl(), {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              agent,
            });
            call.on('error', reject);
            call.on('response', (response) => {
              readAll(response).then(resolve, reject);
            });
            const content = `number ${String(number)}.`;
            call.end(
              JSON.stringify({ ...question(models[number % 2]!), messages: [{ role: 'user', content }] }),
            );
          }),
      ),
    );
    agent.destroy();
    for (const [number, text] of texts.entries()) {
      const content = [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]).join('');
      expect(content).toContain(`: number ${String(number)}.`);
      expect(text.endsWith(DONE)).toBe(true);
    }
    expect(openai.counters.requests + anthropic.counters.requests).toBe(500);
    expect(openai.counters.callerClosed + anthropic.counters.callerClosed).toBe(0);
  });
});

import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  CALLER_FORMATS,
  CALLER_PATHS,
  readCallerAnswer,
  toCallerBody,
  type CallerAnswer,
  type CallerFormat,
} from '../support/caller-formats.js';
import { HandVendor } from '../support/hand-vendor.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** How the stream of a vendor ends, and what becomes of it: a finish reason makes an answer whole, silence does not. */

const IDLE_MS = 20_000;
const ENDING_MS = 4_000;

const event = (json: { readonly type?: string }): string =>
  `${json.type === undefined ? '' : `event: ${json.type}\n`}data: ${JSON.stringify(json)}\n\n`;

const chunk = (delta: object, finish: string | null = null, more: object = {}): string =>
  event({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  } as object);

interface Script {
  readonly vendor: string;
  /** Everything up to the finish reason. */
  readonly begin: string;
  /** Nothing that an answer is made of. */
  readonly idle: readonly string[];
  readonly finish: string;
  /** The vendor's end marker, where it has one. */
  readonly end: string | undefined;
}

const SCRIPTS: Readonly<Record<string, Script>> = {
  'openai-chat': {
    vendor: 'openai-compatible',
    begin: chunk({ role: 'assistant', content: '' }) + chunk({ content: 'Hello' }),
    idle: [chunk({ content: '' }), chunk({}), ': keep-alive\n\n', chunk({ tool_calls: [] })],
    finish: chunk({}, 'stop', { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }),
    end: 'data: [DONE]\n\n',
  },
  'anthropic-messages': {
    vendor: 'anthropic',
    begin:
      event({
        type: 'message_start',
        message: {
          id: 'msg_1',
          model: 'm',
          role: 'assistant',
          content: [],
          usage: { input_tokens: 10, output_tokens: 1 },
        },
      } as object) +
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as object) +
      event({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: 'Hello' },
      } as object),
    idle: [
      event({ type: 'ping' }),
      ': comment\n\n',
      event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '' } } as object),
    ],
    finish:
      event({ type: 'content_block_stop', index: 0 } as object) +
      event({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 5 },
      } as object),
    end: event({ type: 'message_stop' }),
  },
  gemini: {
    vendor: 'gemini',
    begin: event({
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hello' }] }, index: 0 }],
      modelVersion: 'm',
      responseId: 'r1',
    } as object),
    idle: [
      event({ candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, index: 0 }] } as object),
      ': c\n\n',
    ],
    finish: event({
      candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    } as object),
    end: undefined,
  },
  'openai-responses': {
    vendor: 'openai-responses',
    begin:
      event({
        type: 'response.created',
        response: { id: 'resp_1', model: 'm', status: 'in_progress', output: [] },
      } as object) +
      event({
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'message', id: 'msg_1', role: 'assistant', status: 'in_progress', content: [] },
      } as object) +
      event({
        type: 'response.output_text.delta',
        output_index: 0,
        content_index: 0,
        item_id: 'msg_1',
        delta: 'Hello',
      } as object),
    idle: [
      event({ type: 'keepalive' }),
      ': comment\n\n',
      event({ type: 'response.in_progress', response: {} } as object),
    ],
    // The finish and the end marker of this format are one event.
    finish: event({
      type: 'response.completed',
      response: {
        id: 'resp_1',
        model: 'm',
        status: 'completed',
        output: [
          {
            type: 'message',
            id: 'msg_1',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: 'Hello' }],
          },
        ],
        usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      },
    } as object),
    end: undefined,
  },
};
const VENDORS = Object.keys(SCRIPTS);

type Ending = 'fin' | 'reset' | 'silence';
const ENDINGS: readonly Ending[] = ['fin', 'reset', 'silence'];

let clock: ManualClock;
let hand: HandVendor;
let gateway: RunningGateway;

beforeEach(() => {
  clock = new ManualClock();
});

afterEach(async () => {
  await gateway.close();
  await hand.close();
});

async function start(vendor: string): Promise<void> {
  hand = new HandVendor();
  await hand.listen();
  const provider = {
    name: 'hand',
    vendor,
    base_url: `${hand.url}/v1`,
    api_keys: ['key'],
    model: 'm',
    timeout: '10m',
    idle_timeout: `${String(IDLE_MS / 1_000)}s`,
    max_retries: 0,
  };
  gateway = await startGateway({ clock, yaml: JSON.stringify({ providers: [provider] }) });
}

interface Talk {
  readonly vendor: ServerResponse;
  /** What the caller has received so far. */
  readonly received: () => string;
  readonly answer: Promise<CallerAnswer & { readonly text: string }>;
}

let calls = 0;
beforeEach(() => {
  calls = 0;
});

async function ask(format: CallerFormat): Promise<Talk> {
  const body = {
    ...toCallerBody(format, 'm', true, 'hi'),
    ...(format === 'chat' ? { stream_options: { include_usage: true } } : {}),
  };
  let text = '';
  const answer = (async () => {
    const response = await fetch(`${gateway.url}${CALLER_PATHS[format]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) text += piece;
    return { ...readCallerAnswer(format, response.status, true, text), text };
  })();
  answer.catch(() => undefined);
  const vendor = await hand.answer(calls);
  calls += 1;
  return { vendor, received: () => text, answer };
}

async function receives({ received }: Talk, words: string): Promise<void> {
  await vi.waitFor(() => {
    expect(received()).toContain(words);
  });
}

/** The gateway has read the last finish reason. */
async function finishIsRead(): Promise<void> {
  await vi.waitFor(() => {
    expect(clock.hasTimer(ENDING_MS)).toBe(true);
  });
}

async function close(vendor: ServerResponse, ending: Ending): Promise<void> {
  await finishIsRead();
  if (ending === 'fin') vendor.end();
  else if (ending === 'reset') vendor.socket!.resetAndDestroy();
  else clock.advance(ENDING_MS);
}

const failedAttempts = (): number => gateway.logs.matching({ message: 'attempt failed' }).length;

describe('after a finish reason', () => {
  test.each(VENDORS.flatMap((vendor) => ENDINGS.map((ending) => [vendor, ending] as const)))(
    'a stream of %s that ends by %s is whole for every caller',
    async (name, ending) => {
      const { vendor, begin, finish, end } = SCRIPTS[name]!;
      await start(vendor);
      for (const format of CALLER_FORMATS) {
        const talk = await ask(format);
        talk.vendor.write(begin);
        await receives(talk, 'Hello');
        talk.vendor.write(finish);
        // Where finish and end marker are one, nothing is waited for.
        if (end !== undefined || name === 'gemini') await close(talk.vendor, ending);
        const { text, ...rest } = await talk.answer;
        expect({ format, ...rest }).toEqual({ format, end: 'whole', content: 'Hello', error: undefined });
        expect(text).toMatch(/"(?:completion_tokens|output_tokens)":5\b/);
      }
      expect(failedAttempts()).toBe(0);
    },
  );

  test('a report of usage that comes late still counts', async () => {
    const { vendor, begin } = SCRIPTS['openai-chat']!;
    await start(vendor);
    const talk = await ask('messages');
    talk.vendor.write(begin + chunk({}, 'stop'));
    await finishIsRead();
    clock.advance(ENDING_MS - 1);
    talk.vendor.write(event({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } } as object));
    talk.vendor.end('data: [DONE]\n\n');
    expect((await talk.answer).text).toContain('"output_tokens":5');
  });

  test('a second answer that was still on its way makes a break of the end', async () => {
    const { vendor, begin } = SCRIPTS['openai-chat']!;
    await start(vendor);
    const talk = await ask('chat');
    const other = event({ choices: [{ index: 1, delta: { content: 'Hm' }, finish_reason: null }] } as object);
    talk.vendor.end(begin + other + chunk({}, 'stop'));
    expect((await talk.answer).end).toBe('error');
  });
});

describe('an end marker without a finish reason', () => {
  const ENDED = VENDORS.filter((name) => SCRIPTS[name]!.end !== undefined || name === 'gemini');

  test.each(ENDED)('after content of %s is a proper end', async (name) => {
    const { vendor, begin, end = 'data: [DONE]\n\n' } = SCRIPTS[name]!;
    await start(vendor);
    for (const format of CALLER_FORMATS) {
      const talk = await ask(format);
      talk.vendor.end(begin + end);
      const { text, ...rest } = await talk.answer;
      expect({ format, ...rest }).toEqual({ format, end: 'whole', content: 'Hello', error: undefined });
      expect(text).toMatch(/"(?:finish_reason|stop_reason|status)":"(?:stop|end_turn|completed)"/);
    }
    expect(failedAttempts()).toBe(0);
  });

  test('where calls came they are told of', async () => {
    await start('openai-compatible');
    const talk = await ask('chat');
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } };
    talk.vendor.end(`${chunk({ role: 'assistant', tool_calls: [call] })}data: [DONE]\n\n`);
    const { end, text } = await talk.answer;
    expect(end).toBe('whole');
    expect(text).toContain('"finish_reason":"tool_calls"');
    const other = await ask('messages');
    other.vendor.end(`${chunk({ role: 'assistant', tool_calls: [call] })}data: [DONE]\n\n`);
    expect((await other.answer).text).toContain('"stop_reason":"tool_use"');
  });

  test('the case that was reported ends properly for every caller', async () => {
    await start('openai-compatible');
    for (const format of CALLER_FORMATS) {
      const talk = await ask(format);
      talk.vendor.end(
        chunk({ role: 'assistant', content: 'Hello' }) +
          chunk({ content: ' there.' }) +
          event({
            choices: [],
            usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
          } as object) +
          'data: [DONE]\n\n',
      );
      const { text, ...rest } = await talk.answer;
      expect({ format, ...rest }).toEqual({
        format,
        end: 'whole',
        content: 'Hello there.',
        error: undefined,
      });
      expect(text).toMatch(/"(?:completion_tokens|output_tokens)":5\b/);
    }
  });

  test('without any content it is none', async () => {
    await start('openai-compatible');
    const talk = await ask('chat');
    talk.vendor.end(`${chunk({ role: 'assistant', content: '' })}data: [DONE]\n\n`);
    const { end } = await talk.answer;
    expect(end).not.toBe('whole');
    expect(failedAttempts()).toBe(1);
  });
});

describe('content that never comes again', () => {
  test.each(VENDORS)('ends a stream of %s after the idle timeout, whatever else comes', async (name) => {
    const { vendor, begin, idle } = SCRIPTS[name]!;
    await start(vendor);
    for (const format of CALLER_FORMATS) {
      const talk = await ask(format);
      talk.vendor.write(begin);
      await receives(talk, 'Hello');
      for (let index = 0; index < 3; index++) {
        for (const words of idle) talk.vendor.write(words);
        clock.advance(IDLE_MS / 4);
      }
      // The last second is for what has not been read yet: how much of a wait it took is not the matter here.
      await vi.waitFor(async () => {
        for (const words of idle) talk.vendor.write(words);
        clock.advance(IDLE_MS / 4);
        await vi.waitFor(() => {
          expect(talk.vendor.destroyed).toBe(true);
        }, 50);
      });
      const { end, error } = await talk.answer;
      expect({ format, end }).toEqual({ format, end: 'error' });
      expect(error).not.toBe('untyped');
    }
    expect(gateway.logs.matching({ message: 'attempt failed' })[0]?.message).toMatchObject({
      reason: expect.stringContaining('20 s') as string,
    });
  });

  test('also where the vendor mixes its empty words as it likes', async () => {
    await start('openai-compatible');
    const idle = fc.constantFrom(
      chunk({}),
      chunk({ content: '' }),
      chunk({ content: null }),
      chunk({ role: 'assistant' }),
      chunk({ reasoning_content: '' }),
      chunk({ tool_calls: [] }),
      chunk({}, null, { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
      event({ choices: [] } as object),
      ': keep-alive\n\n',
      '\n\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(idle, { minLength: 1, maxLength: 6 }), async (words) => {
        const talk = await ask('chat');
        talk.vendor.write(chunk({ content: 'Hello' }));
        await receives(talk, 'Hello');
        await vi.waitFor(async () => {
          talk.vendor.write(words.join(''));
          clock.advance(IDLE_MS / 3);
          await vi.waitFor(() => {
            expect(talk.vendor.destroyed).toBe(true);
          }, 20);
        });
        expect((await talk.answer).error).toBe('stream_interrupted');
      }),
      { numRuns: 15 },
    );
  });

  const CONTENT: readonly (readonly [string, object])[] = [
    ['text', { content: 'a' }],
    ['reasoning', { reasoning_content: 'a' }],
    ['a refusal', { refusal: 'a' }],
    ['arguments of a call', { tool_calls: [{ index: 0, function: { arguments: '{' } }] }],
    ['an image', { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] }],
    ['an annotation', { annotations: [{ type: 'url_citation' }] }],
  ];

  test.each(CONTENT)('%s is content that came again', async (_name, delta) => {
    await start('openai-compatible');
    const talk = await ask('chat');
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } };
    talk.vendor.write(chunk({ content: 'Hello', tool_calls: [call] }));
    await receives(talk, 'Hello');
    for (let index = 1; index <= 4; index++) {
      clock.advance(IDLE_MS - 1);
      const marked = chunk(delta, null, { marker: `piece-${String(index)}` });
      talk.vendor.write(marked);
      await receives(talk, `piece-${String(index)}`);
    }
    talk.vendor.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
    expect((await talk.answer).end).toBe('whole');
  });

  test('a vendor that pings while it is at work on a server tool is waited for', async () => {
    await start('anthropic');
    const talk = await ask('messages');
    const begin =
      SCRIPTS['anthropic-messages']!.begin + event({ type: 'content_block_stop', index: 0 } as object);
    const server = { type: 'server_tool_use', id: 's1', name: 'code_execution', input: {} };
    talk.vendor.write(
      begin + event({ type: 'content_block_start', index: 1, content_block: server } as object),
    );
    await receives(talk, 'server_tool_use');
    for (let index = 1; index <= 6; index++) {
      clock.advance(IDLE_MS - 1);
      talk.vendor.write(event({ type: 'ping', marker: `piece-${String(index)}` } as object));
      await receives(talk, `piece-${String(index)}`);
    }
    const { finish, end } = SCRIPTS['anthropic-messages']!;
    talk.vendor.end(finish + end!);
    expect((await talk.answer).end).toBe('whole');
  });
});

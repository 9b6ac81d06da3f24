import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { encodeBatches } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { readString } from '../json/read-json.js';
import { createStreamEncoder } from './encode-stream.js';

const context: AnswerContext = {
  requestId: 'req-1',
  provider: 'p',
  model: 'target-model',
  request: {
    original: { format: 'anthropic-messages', text: '{}', json: {} },
    model: undefined,
    stream: true,
    includeUsage: true,
    messages: [],
    sampling: {},
  },
  receivedAt: 0,
  priceOf: () => null,
};

function encode(batches: readonly (readonly ChatChunk[])[], source: WireFormatName = 'openai-chat'): string {
  return encodeBatches(createStreamEncoder(source, context), batches).join('');
}

const encodeEvents = (events: readonly ChatEvent[]): string =>
  encode(events.map((event) => [{ events: [event] }]));

function eventsOf(text: string): JsonObject[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const [event, data] = frame.split('\n');
      const json = JSON.parse(data?.slice('data: '.length) ?? '') as JsonObject;
      expect(event).toBe(`event: ${readString(json['type'])}`);
      return json;
    });
}

/** What the official SDK makes of a stream. */
function accumulate(text: string): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
  });
  return client.messages
    .stream({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'a' }] })
    .finalMessage();
}

const start: ChatEvent = { type: 'start', id: 'chatcmpl-1', model: 'gpt-x' };
const text = (value: string): ChatEvent => ({ type: 'text-delta', text: value });
const think = (value: string): ChatEvent => ({ type: 'reasoning-delta', text: value });
const call = (index: number, id: string, name: string): ChatEvent => ({
  type: 'tool-call-start',
  index,
  id,
  name,
});
const args = (index: number, fragment: string): ChatEvent => ({
  type: 'tool-call-delta',
  index,
  arguments: fragment,
});
const finish = (reason: 'stop' | 'length' | 'tool_calls'): ChatEvent => ({
  type: 'finish',
  finish: { reason, raw: reason },
});
const usage: ChatEvent = { type: 'usage', usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 3 } };
const end: ChatEvent = { type: 'end' };

describe('streams of other formats for callers of Anthropic', () => {
  it('[85] [90] follow the exact sequence, with usage after the finish', () => {
    const events = eventsOf(
      encodeEvents([start, start, text('a'), text('b'), finish('stop'), usage, end, text('x')]),
    );
    expect(events).toEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'gpt-x',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: {
            input_tokens: 0,
            output_tokens: 0,
            cache_creation_input_tokens: 0,
            cache_read_input_tokens: 0,
            cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
          },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: {
          input_tokens: 6,
          output_tokens: 3,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 4,
          cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        },
      },
      { type: 'message_stop' },
    ]);
  });

  const conversations: readonly (readonly [string, readonly ChatEvent[], readonly JsonObject[], string])[] = [
    [
      '[86] tool calls alone open no text block',
      [start, text(''), call(0, 'c1', 'f'), args(0, '{"a":'), args(0, '1}'), finish('tool_calls'), end],
      [{ type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } }],
      'tool_use',
    ],
    [
      '[87] [89] a switch loses nothing: thinking, text, call, thinking again',
      [
        start,
        think('h'),
        think('m'),
        text('a'),
        call(0, 'c1', 'f'),
        args(0, '{}'),
        think('x'),
        text('b'),
        finish('stop'),
        end,
      ],
      [
        { type: 'thinking', thinking: 'hm', signature: 'sluice-unsigned' },
        { type: 'text', text: 'a' },
        { type: 'tool_use', id: 'c1', name: 'f', input: {} },
        { type: 'thinking', thinking: 'x' },
        { type: 'text', text: 'b' },
      ],
      'tool_use',
    ],
    [
      '[88] interleaved calls come out one after the other',
      [
        start,
        call(0, 'c1', 'f'),
        call(1, 'c2', 'g'),
        args(0, '{"a":'),
        args(1, '{"b":'),
        call(2, 'c3', 'h'),
        args(2, '{"c":3}'),
        args(1, '2}'),
        args(0, '1}'),
        finish('tool_calls'),
        end,
      ],
      [
        { type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } },
        { type: 'tool_use', id: 'c2', name: 'g', input: { b: 2 } },
        { type: 'tool_use', id: 'c3', name: 'h', input: { c: 3 } },
      ],
      'tool_use',
    ],
    [
      '[88] calls without arguments and without ids',
      [start, call(0, '', 'f'), call(1, 'c2', 'g'), args(1, '{}'), finish('stop'), end],
      [
        { type: 'tool_use', id: 'toolu_req1_0', name: 'f', input: {} },
        { type: 'tool_use', id: 'c2', name: 'g', input: {} },
      ],
      'tool_use',
    ],
    [
      'braces and quotes in strings do not end a call, free text becomes an object',
      [
        start,
        call(0, 'c1', 'f'),
        { type: 'tool-call-start', index: 1, id: 'c2', name: 'g', custom: true },
        args(0, '{"a":"}\\'),
        args(1, 'print('),
        args(0, '"}","b":{}'),
        args(0, '}'),
        args(1, '"x")'),
        text('t'),
        finish('stop'),
        end,
      ],
      [
        { type: 'tool_use', id: 'c1', name: 'f', input: { a: '}"}', b: {} } },
        { type: 'tool_use', id: 'c2', name: 'g', input: { input: 'print("x")' } },
        { type: 'text', text: 't' },
      ],
      'tool_use',
    ],
    [
      'text that comes while a call is unfinished waits for it',
      [
        start,
        call(0, 'c1', 'f'),
        args(0, '{"a":"'),
        text('so'),
        args(0, 'x"}'),
        text(' far'),
        finish('stop'),
        end,
      ],
      [
        { type: 'tool_use', id: 'c1', name: 'f', input: { a: 'x' } },
        { type: 'text', text: 'so far' },
      ],
      'tool_use',
    ],
    [
      '[61] a cut call is not offered to be run',
      [start, call(0, 'c1', 'f'), args(0, '{"a":"x'), finish('tool_calls'), end],
      [{ type: 'tool_use', id: 'c1', name: 'f' }],
      'max_tokens',
    ],
    [
      '[80] [103] signatures close their block, signed thinking may have no text, redacted thinking is whole',
      [
        start,
        think('one'),
        { type: 'reasoning-signature', signature: 's1' },
        think('two'),
        { type: 'reasoning-signature' },
        { type: 'reasoning-signature', signature: 's3' },
        { type: 'redacted-reasoning', data: 'd' },
        text('a'),
        finish('stop'),
        end,
      ],
      [
        { type: 'thinking', thinking: 'one', signature: 's1' },
        { type: 'thinking', thinking: 'two', signature: 'sluice-unsigned' },
        { type: 'thinking', thinking: '', signature: 's3' },
        { type: 'redacted_thinking', data: 'd' },
        { type: 'text', text: 'a' },
      ],
      'end_turn',
    ],
    [
      'white space alone makes no block, before text it stays',
      [
        start,
        text('\n'),
        call(0, 'c1', 'f'),
        args(0, '{}'),
        text('\n'),
        text('\n'),
        text(' a'),
        text(' '),
        finish('stop'),
        end,
      ],
      [
        { type: 'tool_use', id: 'c1', name: 'f', input: {} },
        { type: 'text', text: '\n\n a ' },
      ],
      'tool_use',
    ],
    ['no content at all', [start, finish('stop'), end], [], 'end_turn'],
    [
      '[91] no end marker but a finish',
      [start, text('a'), finish('length')],
      [{ type: 'text', text: 'a' }],
      'max_tokens',
    ],
    [
      '[64] a refusal',
      [start, { type: 'refusal-delta', text: 'No.' }, finish('stop'), end],
      [{ type: 'text', text: 'No.' }],
      'refusal',
    ],
    [
      'only the first of several answers, no foreign pieces',
      [
        start,
        { type: 'opaque', format: 'openai-chat', value: {} },
        { type: 'logprobs', logprobs: {} },
        text('a'),
        { type: 'text-delta', text: 'other', choice: 1 },
        { type: 'malformed' },
        finish('stop'),
        end,
      ],
      [{ type: 'text', text: 'a' }],
      'end_turn',
    ],
  ];
  it.each(conversations)('%s', async (_name, events, content, stopReason) => {
    const written = encodeEvents(events);
    const message = await accumulate(written);
    expect(message.content).toMatchObject(content);
    expect(message.content).toHaveLength(content.length);
    expect(message.stop_reason).toBe(stopReason);
    expectOrder(eventsOf(written));
    // The same in one chunk, as vendors that only pretend to stream send it.
    expect(encode([[{ events }]])).toBe(written);
  });

  it('[88] a call is told as it grows, and the next one as soon as the first is whole', () => {
    const events = [
      start,
      call(0, 'c1', 'f'),
      args(0, '{"a":1}'),
      call(1, 'c2', 'g'),
      args(1, '{'),
      args(1, '}'),
    ];
    const batches = [...events, finish('tool_calls'), end].map((event) => [{ events: [event] }]);
    const pieces = encodeBatches(createStreamEncoder('openai-chat', context), batches);
    expect(pieces[2]).toContain('{\\"a\\":1}');
    expect(pieces[3]).toContain('"c2"');
    expect(pieces[4]).toContain('"partial_json":"{"');
    expect(pieces[5]).toContain('"partial_json":"}"');
  });

  it('[81] pass pings on', () => {
    expect(encodeEvents([start, { type: 'ping' }, finish('stop')])).toContain(
      'event: ping\ndata: {"type":"ping"}\n\n',
    );
  });

  it.each([
    [
      'a failure',
      [start, text('a'), { type: 'failure', error: new GatewayError('overloaded', 'Busy') }, end],
      'overloaded_error',
    ],
    ['an end without a finish', [start, text('a'), end], 'api_error'],
    ['nothing more', [start, text('a')], 'api_error'],
  ] as readonly (readonly [string, readonly ChatEvent[], string])[])(
    '[83] [91] [94] end in an error after %s',
    async (_name, events, type) => {
      const written = encodeEvents(events);
      expect(eventsOf(written).at(-1)).toMatchObject({ type: 'error', error: { type }, request_id: 'req-1' });
      expect(written).not.toContain('message_stop');
      await expect(accumulate(written)).rejects.toThrow();
    },
  );
});

describe("Anthropic's own streams for callers of Anthropic", () => {
  const frame = (json: JsonObject, ...events: ChatEvent[]): ChatChunk => ({
    frame: { event: readString(json['type']), data: JSON.stringify(json) },
    events,
  });
  const forward = (chunks: readonly ChatChunk[]): string => encode([chunks], 'anthropic-messages');

  it('go on byte for byte, with what nobody here knows', async () => {
    const data = '{"type":"content_block_delta","new":12345678901234567890     }';
    const written = forward([
      { frame: { event: 'content_block_delta', data }, events: [text('a')] },
      frame({ type: 'unknown' }),
      frame({ type: 'message_delta' }, finish('stop')),
      frame({ type: 'message_stop' }, end),
    ]);
    expect(written).toBe(
      `event: content_block_delta\ndata: ${data}\n\nevent: unknown\ndata: {"type":"unknown"}\n\nevent: message_delta\ndata: {"type":"message_delta"}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`,
    );
  });

  it('[91] [92] are completed after a finish and never carry what is malformed', async () => {
    const written = forward([
      { events: [{ type: 'malformed' }] },
      frame({ type: 'message_delta' }, finish('stop')),
    ]);
    expect(eventsOf(written)).toEqual([{ type: 'message_delta' }, { type: 'message_stop' }]);
    const relay = forward([
      frame({ type: 'message_delta' }, finish('stop')),
      { events: [end] },
      { events: [] },
    ]);
    expect(eventsOf(relay)).toEqual([{ type: 'message_delta' }, { type: 'message_stop' }]);
  });

  it('[83] [94] end in an error of the gateway, without the words of the vendor', async () => {
    const vendorError: ChatEvent = {
      type: 'vendor-error',
      error: { kind: 'overloaded', status: 529, message: 'secret', code: '' },
    };
    const failure: ChatEvent = { type: 'failure', error: new GatewayError('stream_interrupted', 'Broken') };
    const written = forward([frame({ type: 'error', secret: 1 }, vendorError), { events: [failure] }]);
    expect(eventsOf(written)).toEqual([
      { type: 'error', error: { type: 'api_error', message: 'Broken' }, request_id: 'req-1' },
    ]);
    for (const cut of [[frame({ type: 'x' }, text('a'))], [frame({ type: 'message_stop' }, end)]]) {
      const events = eventsOf(forward(cut));
      expect(events.at(-1)?.['type']).toBe('error');
      expect(events.map((event) => event['type'])).not.toContain('message_stop');
    }
  });

  it("[93] carry the gateway's own pings", async () => {
    expect(
      forward([{ events: [{ type: 'ping' }] }, frame({ type: 'message_delta' }, finish('stop'))]),
    ).toContain('event: ping\n');
  });
});

/** [85]: one start, contiguous indexes, blocks that never overlap, one delta, one stop. */
function expectOrder(events: readonly JsonObject[]): void {
  let open: number | undefined;
  let next = 0;
  for (const [position, event] of events.entries()) {
    const index = event['index'];
    switch (event['type']) {
      case 'message_start':
        expect(position).toBe(0);
        break;
      case 'content_block_start':
        expect(open).toBeUndefined();
        expect(index).toBe(next);
        open = next;
        next += 1;
        break;
      case 'content_block_delta':
        expect(index).toBe(open);
        break;
      case 'content_block_stop':
        expect(index).toBe(open);
        open = undefined;
        break;
      case 'message_delta':
        expect(open).toBeUndefined();
        expect(position).toBe(events.length - 2);
        break;
      case 'message_stop':
        expect(position).toBe(events.length - 1);
        break;
      default:
        expect.unreachable();
    }
  }
}

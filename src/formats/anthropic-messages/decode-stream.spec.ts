import { describe, expect, it } from 'vitest';
import { decodeFrames } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent, SseFrame } from '../../contract/chat-event.js';
import type { JsonObject } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { readString } from '../json/read-json.js';
import { createStreamDecoder } from './decode-stream.js';

const frame = (json: JsonObject): SseFrame => ({
  event: readString(json['type']),
  data: JSON.stringify(json),
});

function* inBatches(frames: readonly SseFrame[], size: number): Generator<readonly SseFrame[]> {
  for (let index = 0; index < frames.length; index += size) yield frames.slice(index, index + size);
}

function chunksOf(frames: readonly SseFrame[], options?: DecodeOptions, size = 3): ChatChunk[] {
  return decodeFrames(createStreamDecoder(options), inBatches(frames, size));
}

function eventsOf(frames: readonly JsonObject[], options?: DecodeOptions): ChatEvent[] {
  return chunksOf(frames.map(frame), options).flatMap((chunk) => chunk.events);
}

const start = frame({
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'm',
    usage: { input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 1 },
  },
});
const open = (index: number, block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block: block,
});
const delta = (index: number, value: JsonObject): JsonObject => ({
  type: 'content_block_delta',
  index,
  delta: value,
});
const json = (index: number, text: string): JsonObject =>
  delta(index, { type: 'input_json_delta', partial_json: text });
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const tool = (id: string, name: string, input: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name,
  input,
});
const finish = (reason: string, usage: JsonObject = { output_tokens: 9 }): JsonObject => ({
  type: 'message_delta',
  delta: { stop_reason: reason, stop_sequence: null },
  usage,
});
const end: JsonObject = { type: 'message_stop' };

describe("Anthropic's streams", () => {
  it('[75] [81] become events, each beside its frame', () => {
    const frames = [
      start,
      frame({ type: 'ping' }),
      frame(open(0, { type: 'text', text: '' })),
      frame(delta(0, { type: 'text_delta', text: 'hi' })),
      frame(stop(0)),
      frame(finish('end_turn')),
      frame(end),
      frame({ type: 'ping' }),
    ];
    const chunks = chunksOf(frames);
    expect(chunks.map((chunk) => chunk.frame)).toEqual(frames.slice(0, 7));
    expect(chunks.map((chunk) => chunk.events)).toEqual([
      [
        { type: 'start', id: 'msg_1', model: 'm' },
        { type: 'usage', usage: { inputTokens: 12, cacheReadTokens: 7, outputTokens: 1 } },
      ],
      [{ type: 'ping' }],
      [],
      [{ type: 'text-delta', text: 'hi' }],
      [],
      [
        { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
        { type: 'usage', usage: { inputTokens: 12, cacheReadTokens: 7, outputTokens: 9 } },
      ],
      [{ type: 'end' }],
    ]);
  });

  it('[76] [79] count tool calls from 0, whatever blocks stand between them, and keep interleaved ones apart', () => {
    const events = eventsOf([
      open(0, { type: 'text', text: '' }),
      open(1, tool('a', 'f')),
      open(3, tool('b', 'g')),
      json(1, '{"x":'),
      json(3, '{"y":'),
      json(1, '1}'),
      json(3, '2}'),
      stop(1),
      stop(3),
    ]);
    expect(events).toEqual([
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-start', index: 1, id: 'b', name: 'g' },
      { type: 'tool-call-delta', index: 0, arguments: '{"x":' },
      { type: 'tool-call-delta', index: 1, arguments: '{"y":' },
      { type: 'tool-call-delta', index: 0, arguments: '1}' },
      { type: 'tool-call-delta', index: 1, arguments: '2}' },
    ]);
  });

  it.each([
    ['alone', [stop(0)], '{"x":1}'],
    ['before an empty fragment', [json(0, ''), stop(0)], '{"x":1}'],
    ['before fragments that repeat it', [json(0, '{"x":'), json(0, '1}'), stop(0)], '{"x":1}'],
    ['without a stop', [finish('tool_use')], '{"x":1}'],
  ])('[78] tell input that came with the block once: %s', (_name, rest, expected) => {
    const events = eventsOf([open(0, tool('a', 'f', { x: 1 })), ...rest]);
    const fragments = events.flatMap((event) => (event.type === 'tool-call-delta' ? [event.arguments] : []));
    expect(fragments.join('')).toBe(expected);
  });

  it('[65] [80] keep thinking, signatures and redacted thinking apart from text', () => {
    const events = eventsOf([
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(0, { type: 'signature_delta', signature: 's' }),
      stop(0),
      open(1, { type: 'redacted_thinking', data: 'd' }),
    ]);
    expect(events).toEqual([
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'reasoning-signature', signature: 's' },
      { type: 'redacted-reasoning', data: 'd' },
    ]);
  });

  it('[33] [66] pass server tools as opaque and citations as annotations', () => {
    const server = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };
    const events = eventsOf([
      open(0, server),
      json(0, '{"query":"x"}'),
      stop(0),
      open(1, { type: 'new_block' }),
      delta(1, { type: 'new_delta' }),
      open(2, { type: 'text', text: '', citations: [] }),
      delta(2, { type: 'citations_delta', citation: { type: 'char_location' } }),
    ]);
    expect(events).toEqual([
      { type: 'opaque', format: 'anthropic-messages', value: server },
      { type: 'work' },
      { type: 'opaque', format: 'anthropic-messages', value: { type: 'new_block' } },
      {
        type: 'annotations',
        annotations: { format: 'anthropic-messages', items: [{ type: 'char_location' }] },
      },
    ]);
  });

  it('[28] [52] give names back and show the hidden tool as text that simply ends', () => {
    const options = { answerTool: 'give_answer', toolNames: new Map([['f_1', 'f.long']]) };
    const answer = [
      open(0, tool('a', 'give_answer')),
      json(0, '{"x"'),
      json(0, ':1}'),
      stop(0),
      finish('tool_use'),
    ];
    expect(eventsOf(answer, options)).toMatchObject([
      { type: 'text-delta', text: '{"x"' },
      { type: 'text-delta', text: ':1}' },
      { type: 'finish', finish: { reason: 'stop', raw: 'tool_use' } },
      { type: 'usage' },
    ]);
    expect(eventsOf([open(0, tool('a', 'f_1')), finish('tool_use')], options)).toMatchObject([
      { type: 'tool-call-start', name: 'f.long' },
      { type: 'finish', finish: { reason: 'tool_calls' } },
      {},
    ]);
  });

  it('[71] set usage and never add it; several reports, and reports of one member', () => {
    const events = eventsOf([
      JSON.parse(start.data) as JsonObject,
      finish('end_turn', { output_tokens: 3 }),
      { type: 'message_delta', delta: {} },
      { type: 'message_delta', delta: {}, usage: { cache_creation_input_tokens: 10, input_tokens: null } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { input_tokens: 6, output_tokens: 4 },
      },
    ]);
    const reports = events.flatMap((event) => (event.type === 'usage' ? [event.usage] : []));
    expect(reports).toEqual([
      { inputTokens: 12, cacheReadTokens: 7, outputTokens: 1 },
      { inputTokens: 12, cacheReadTokens: 7, outputTokens: 3 },
      { inputTokens: 22, cacheReadTokens: 7, cacheWriteTokens: 10, outputTokens: 3 },
      { inputTokens: 23, cacheReadTokens: 7, cacheWriteTokens: 10, outputTokens: 4 },
    ]);
    expect(events.filter((event) => event.type === 'finish')).toHaveLength(1);
  });

  it.each([
    ['overloaded_error', 529, 'overloaded'],
    ['rate_limit_error', 429, 'rate_limit'],
    ['api_error', 500, 'server'],
    ['timeout_error', 504, 'server'],
    ['invalid_request_error', 400, 'invalid_request'],
    ['authentication_error', 401, 'credentials'],
    ['billing_error', 402, 'no_credit'],
  ])('[82] end at an error: %s', (type, status, kind) => {
    const error = { type: 'error', error: { type, message: 'Sorry' } };
    const events = eventsOf([error, open(0, { type: 'text', text: 'late' })]);
    expect(events).toEqual([{ type: 'vendor-error', error: { kind, status, message: 'Sorry', code: type } }]);
  });

  it('[92] count what is not JSON, without passing it on', () => {
    const chunks = chunksOf([
      { event: 'ping', data: '{"type": "pi' },
      { data: '42' },
      frame({ type: 'ping' }),
    ]);
    expect(chunks.map((chunk) => [chunk.frame === undefined, chunk.events[0]?.type])).toEqual([
      [true, 'malformed'],
      [true, 'malformed'],
      [false, 'ping'],
    ]);
  });

  it('just end where the frames do, and may hold no block at all', () => {
    expect(eventsOf([open(0, { type: 'text', text: '' })]).map((event) => event.type)).toEqual([]);
    const types = eventsOf([finish('stop_sequence'), end]).map((event) => event.type);
    expect(types).toEqual(['finish', 'usage', 'end']);
  });

  it('[84] get event lines where a relay left them out, and pass unknown events on', () => {
    const chunks = chunksOf([{ data: '{"type":"message_stop_soon"}' }, { data: '{"type":"message_stop"}' }]);
    expect(chunks).toEqual([
      { frame: { event: 'message_stop_soon', data: '{"type":"message_stop_soon"}' }, events: [] },
      { frame: { event: 'message_stop', data: '{"type":"message_stop"}' }, events: [{ type: 'end' }] },
    ]);
    expect(chunksOf([{ data: '[DONE]' }])).toEqual([{ events: [{ type: 'end' }] }]);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeFrames as decodeBatches } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import type { JsonObject } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { readString } from '../json/read-json.js';
import { createStreamDecoder } from './decode-stream.js';

function decodeFrames(frames: readonly SseFrame[], options?: DecodeOptions): ChatChunk[] {
  return decodeBatches(
    createStreamDecoder(options),
    frames.map((frame) => [frame]),
  );
}

const toFrame = (json: JsonObject): SseFrame => ({
  event: readString(json['type']),
  data: JSON.stringify(json),
});

function eventsOf(events: readonly JsonObject[], options?: DecodeOptions): unknown[] {
  const chunks = decodeFrames(events.map(toFrame), options);
  return chunks.flatMap((chunk) => chunk.events);
}

const response = { id: 'resp_1', model: 'gpt', created_at: 7, status: 'completed', error: null };
const created = { type: 'response.created', response };
const start = { type: 'start', id: 'resp_1', model: 'gpt', created: 7 };
const completed = { type: 'response.completed', response };
const done = [{ type: 'finish', finish: { reason: 'stop', raw: 'completed' } }, { type: 'end' }];
const doneCalls = [{ type: 'finish', finish: { reason: 'tool_calls', raw: 'completed' } }, { type: 'end' }];
const added = (output_index: number, item: JsonObject): JsonObject => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const itemDone = (output_index: number, item: JsonObject): JsonObject => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const tell = (event: string, output_index: number, members: JsonObject): JsonObject => ({
  type: `response.${event}`,
  output_index,
  ...members,
});

describe('a stream of a Responses vendor', () => {
  const cases: readonly (readonly [string, readonly JsonObject[], readonly unknown[]])[] = [
    [
      'text, its citations and its probabilities',
      [
        created,
        { type: 'response.in_progress', response },
        added(0, { type: 'message', content: [] }),
        tell('output_text.delta', 0, { content_index: 0, delta: 'a', logprobs: [] }),
        tell('output_text.delta', 0, { content_index: 0, delta: 'b', logprobs: [{ token: 'b' }] }),
        tell('output_text.annotation.added', 0, { annotation: { type: 'url_citation' } }),
        tell('output_text.done', 0, { content_index: 0, text: 'ab' }),
        itemDone(0, { type: 'message', content: [{ type: 'output_text', text: 'ab' }] }),
        completed,
      ],
      [
        start,
        { type: 'text-delta', text: 'a' },
        { type: 'text-delta', text: 'b' },
        { type: 'logprobs', logprobs: { content: [{ token: 'b' }] } },
        {
          type: 'annotations',
          annotations: { format: 'openai-responses', items: [{ type: 'url_citation' }] },
        },
        ...done,
      ],
    ],
    [
      '[64] a refusal',
      [created, tell('refusal.delta', 0, { content_index: 0, delta: 'No.' }), completed],
      [start, { type: 'refusal-delta', text: 'No.' }, ...done],
    ],
    [
      '[76] [88] calls side by side, counted apart from other items',
      [
        created,
        added(0, { type: 'reasoning', id: 'rs_1', summary: [] }),
        itemDone(0, { type: 'reasoning', id: 'rs_1', summary: [] }),
        added(1, { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '' }),
        added(2, { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c2', name: 'g', input: '' }),
        tell('function_call_arguments.delta', 1, { delta: '{"a":' }),
        tell('custom_tool_call_input.delta', 2, { delta: 'free' }),
        tell('function_call_arguments.delta', 1, { delta: '1}' }),
        tell('function_call_arguments.done', 1, { arguments: '{"a":1}' }),
        itemDone(1, { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' }),
        itemDone(2, { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'free' }),
        completed,
      ],
      [
        start,
        { type: 'tool-call-start', index: 0, id: 'c1', name: 'f' },
        { type: 'tool-call-start', index: 1, id: 'c2', name: 'g', custom: true },
        { type: 'tool-call-delta', index: 0, arguments: '{"a":' },
        { type: 'tool-call-delta', index: 1, arguments: 'free' },
        { type: 'tool-call-delta', index: 0, arguments: '1}' },
        ...doneCalls,
      ],
    ],
    [
      '[103] reasoning: its paragraphs, and the proof that closes it',
      [
        created,
        added(0, { type: 'reasoning', id: 'rs_1' }),
        tell('reasoning_summary_part.added', 0, { summary_index: 0 }),
        tell('reasoning_summary_text.delta', 0, { summary_index: 0, delta: 'a' }),
        tell('reasoning_summary_text.delta', 0, { summary_index: 1, delta: 'b' }),
        tell('reasoning_summary_text.delta', 0, { summary_index: 1, delta: 'c' }),
        tell('reasoning_text.delta', 0, { content_index: 0, delta: 'the same again' }),
        itemDone(0, { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'E' }),
        completed,
      ],
      [
        start,
        { type: 'work' },
        { type: 'reasoning-delta', text: 'a' },
        { type: 'reasoning-delta', text: '\n\nb' },
        { type: 'reasoning-delta', text: 'c' },
        { type: 'reasoning-signature', id: 'rs_1', encrypted: 'E' },
        ...done,
      ],
    ],
    [
      'what comes only whole: text, a call, reasoning',
      [
        created,
        itemDone(0, { type: 'reasoning', id: 'rs_1', content: [{ type: 'reasoning_text', text: 'hm' }] }),
        tell('output_text.done', 1, { content_index: 0, text: 'a' }),
        itemDone(1, {
          type: 'message',
          content: [
            { type: 'output_text', text: 'a' },
            { type: 'refusal', refusal: 'b' },
          ],
        }),
        added(2, { type: 'function_call', call_id: 'c1', name: 'f', arguments: '' }),
        tell('function_call_arguments.done', 2, { arguments: '{}' }),
        itemDone(3, { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{"a":1}' }),
        completed,
      ],
      [
        start,
        { type: 'reasoning-delta', text: 'hm' },
        { type: 'reasoning-signature', id: 'rs_1' },
        { type: 'text-delta', text: 'a' },
        { type: 'refusal-delta', text: 'b' },
        { type: 'tool-call-start', index: 0, id: 'c1', name: 'f' },
        { type: 'tool-call-delta', index: 0, arguments: '{}' },
        { type: 'tool-call-start', index: 1, id: 'c2', name: 'f' },
        { type: 'tool-call-delta', index: 1, arguments: '{"a":1}' },
        ...doneCalls,
      ],
    ],
    [
      'a relay that tells everything in the last event',
      [
        {
          type: 'response.completed',
          response: {
            ...response,
            output: [{ type: 'message', content: [{ type: 'output_text', text: 'a' }] }],
            usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
          },
        },
      ],
      [
        start,
        { type: 'text-delta', text: 'a' },
        done[0],
        { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
        { type: 'end' },
      ],
    ],
    [
      'items of built-in tools, when they begin and when they are whole',
      [
        created,
        added(0, { type: 'web_search_call', status: 'in_progress' }),
        tell('web_search_call.searching', 0, {}),
        itemDone(0, { type: 'web_search_call', status: 'completed' }),
        { type: 'keepalive' },
        completed,
      ],
      [
        start,
        {
          type: 'opaque',
          format: 'openai-responses',
          value: { type: 'web_search_call', status: 'in_progress' },
        },
        { type: 'work' },
        {
          type: 'opaque',
          format: 'openai-responses',
          value: { type: 'web_search_call', status: 'completed' },
        },
        { type: 'ping' },
        { type: 'work' },
        ...done,
      ],
    ],
  ];
  it.each(cases)('tells %s', (_name, frames, expected) => {
    expect(eventsOf(frames)).toEqual(expected);
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['something_new', 'length'],
  ])('[58] never calls an answer whole that ends incomplete by %s', (reason, expected) => {
    const events = eventsOf([
      created,
      added(0, { type: 'function_call', call_id: 'c', name: 'f' }),
      {
        type: 'response.incomplete',
        response: { ...response, status: 'incomplete', incomplete_details: { reason } },
      },
    ]);
    expect(events.at(-2)).toEqual({ type: 'finish', finish: { reason: expected, raw: reason } });
  });

  it.each([
    [
      'an error event, flat',
      { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down', param: null },
      'rate_limit',
    ],
    [
      'an error event, nested',
      { type: 'error', error: { type: 'server_error', code: 'server_error', message: 'Oops' } },
      'server',
    ],
    [
      'a response that failed',
      {
        type: 'response.failed',
        response: { ...response, status: 'failed', error: { code: 'server_error', message: 'Oops' } },
      },
      'server',
    ],
    [
      'an error without a type',
      { error: { message: 'The server is overloaded', code: 'overloaded_error' } },
      'overloaded',
    ],
  ] as readonly (readonly [string, JsonObject, string])[])(
    '[82] reads no further after %s, and never passes its words on',
    (_name, frame, kind) => {
      const data = { data: JSON.stringify(frame) };
      const chunks = decodeFrames([toFrame(created), data, toFrame(completed)]);
      expect(chunks).toHaveLength(2);
      expect(chunks[1]?.frame).toBeUndefined();
      expect(chunks[1]?.events.at(-1)).toMatchObject({ type: 'vendor-error', error: { kind } });
    },
  );

  it('[91] just ends when the frames do, and gives no finish for a foreign end marker', () => {
    expect(eventsOf([created])).toEqual([start]);
    const chunks = decodeFrames([toFrame(created), { data: '[DONE]' }, toFrame(completed)]);
    expect(chunks.at(-1)).toEqual({ events: [{ type: 'end' }] });
  });

  it('[92] counts what is not JSON and goes on', () => {
    const chunks = decodeFrames([{ data: '{' }, { data: '[]' }, { data: ' ' }, toFrame(completed)]);
    expect(chunks.map((chunk) => chunk.events[0]?.type)).toEqual(['malformed', 'malformed', 'start']);
    expect(chunks.map((chunk) => chunk.frame !== undefined)).toEqual([false, false, true]);
  });

  it('keeps every frame beside what it says, and names as the caller wrote them', () => {
    const frames = [created, { type: 'response.new' }, added(0, { type: 'function_call', name: 'sent' })];
    const chunks = decodeFrames(frames.map(toFrame), { toolNames: new Map([['sent', 'the.own']]) });
    expect(chunks.map((chunk) => chunk.frame)).toEqual(frames.map(toFrame));
    expect(chunks[2]?.events[0]).toMatchObject({ name: 'the.own' });
  });
});

import { describe, expect, it } from 'vitest';
import { decodeFrames } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent, SseFrame } from '../../contract/chat-event.js';
import type { JsonObject } from '../../contract/json.js';
import { createStreamDecoder } from './decode-stream.js';

const DONE: SseFrame = { data: '[DONE]' };

function frame(members: JsonObject): SseFrame {
  return {
    data: JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 5, model: 'm', ...members }),
  };
}

function delta(value: JsonObject, finish_reason: string | null = null, more: JsonObject = {}): SseFrame {
  return frame({ choices: [{ index: 0, delta: value, finish_reason, ...more }] });
}

function toolCall(value: JsonObject): SseFrame {
  return delta({ tool_calls: [value] });
}

function decode(...frames: SseFrame[]): ChatChunk[] {
  return decodeFrames(
    createStreamDecoder(),
    frames.map((one) => [one]),
  );
}

function events(...frames: SseFrame[]): ChatEvent[] {
  const all = decode(...frames).flatMap((chunk) => chunk.events);
  return all.filter((event) => event.type !== 'start');
}

describe('createStreamDecoder', () => {
  it('keeps each frame beside what it says', () => {
    const frames = [
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'a' }),
      delta({}, 'stop'),
      DONE,
    ];
    const chunks = decode(...frames);
    expect(chunks.map((chunk) => chunk.frame)).toEqual(frames);
    expect(chunks[0]?.frame).toBe(frames[0]);
    expect(chunks.map((chunk) => chunk.events)).toEqual([
      [{ type: 'start', id: 'c1', model: 'm', created: 5 }],
      [{ type: 'text-delta', text: 'a' }],
      [{ type: 'finish', finish: { reason: 'stop', raw: 'stop' } }],
      [{ type: 'end' }],
    ]);
  });

  it("waits with the start over Azure's empty first chunk", () => {
    const first = {
      data: '{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[]}',
    };
    const chunks = decode(first, delta({ content: 'a' }));
    expect(chunks[0]).toEqual({ frame: first, events: [] });
    expect(chunks[1]?.events[0]).toEqual({ type: 'start', id: 'c1', model: 'm', created: 5 });
  });

  const deltas: readonly (readonly [name: string, value: JsonObject, wanted: readonly ChatEvent[]])[] = [
    [
      'reasoning_content',
      { reasoning_content: 'r', content: null },
      [{ type: 'reasoning-delta', text: 'r' }],
    ],
    ['reasoning', { reasoning: 'r', content: '' }, [{ type: 'reasoning-delta', text: 'r' }]],
    [
      'reasoning beside reasoning_details',
      {
        reasoning: 'r',
        reasoning_details: [
          { type: 'reasoning.text', text: 'r' },
          { type: 'reasoning.text', signature: 's' },
        ],
      },
      [
        { type: 'reasoning-delta', text: 'r' },
        { type: 'reasoning-signature', signature: 's' },
      ],
    ],
    [
      'reasoning_details alone',
      { reasoning_details: [{ type: 'reasoning.text', text: 'r' }] },
      [{ type: 'reasoning-delta', text: 'r' }],
    ],
    [
      "Mistral's content array",
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'r' }] },
          { type: 'text', text: 'a' },
        ],
      },
      [
        { type: 'reasoning-delta', text: 'r' },
        { type: 'text-delta', text: 'a' },
      ],
    ],
    [
      'reasoning and text in one delta',
      { content: 'a', reasoning_content: 'r' },
      [
        { type: 'reasoning-delta', text: 'r' },
        { type: 'text-delta', text: 'a' },
      ],
    ],
    ['a refusal', { refusal: 'no' }, [{ type: 'refusal-delta', text: 'no' }]],
  ];

  it.each(deltas)('[80] reads %s', (_name, value, wanted) => {
    expect(events(delta(value))).toEqual(wanted);
  });

  const start = (index: number, id: string, name = 'f'): ChatEvent => ({
    type: 'tool-call-start',
    index,
    id,
    name,
  });
  const args = (index: number, text: string): ChatEvent => ({
    type: 'tool-call-delta',
    index,
    arguments: text,
  });
  const calls: readonly (readonly [
    name: string,
    fragments: readonly JsonObject[],
    wanted: readonly ChatEvent[],
  ])[] = [
    [
      'id and name first, arguments later',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '' } },
        { index: 0, function: { arguments: '{' } },
        { index: 0, function: { arguments: '}' } },
      ],
      [start(0, 'a'), args(0, '{'), args(0, '}')],
    ],
    [
      'a whole call in one delta',
      [{ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }],
      [start(0, 'a'), args(0, '{}')],
    ],
    [
      'indexes from 1',
      [
        { index: 1, id: 'a', function: { name: 'f' } },
        { index: 1, function: { arguments: '{}' } },
        { index: 2, id: 'b', function: { name: 'f' } },
      ],
      [start(0, 'a'), args(0, '{}'), start(1, 'b')],
    ],
    [
      'no index',
      [
        { id: 'a', function: { name: 'f' } },
        { function: { arguments: '{}' } },
        { id: 'b', function: { name: 'f', arguments: '[]' } },
      ],
      [start(0, 'a'), args(0, '{}'), start(1, 'b'), args(1, '[]')],
    ],
    [
      'whole calls that share an index',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } },
        { index: 0, id: 'b', function: { name: 'f', arguments: '{}' } },
      ],
      [start(0, 'a'), args(0, '{}'), start(1, 'b'), args(1, '{}')],
    ],
    [
      "Qwen's empty ids",
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{' } },
        { index: 0, id: '', function: { name: '', arguments: '}' } },
      ],
      [start(0, 'a'), args(0, '{'), args(0, '}')],
    ],
    [
      'ids and names on every fragment',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{' } },
        { index: 0, id: 'a', function: { name: 'f', arguments: '}' } },
      ],
      [start(0, 'a'), args(0, '{'), args(0, '}')],
    ],
    [
      'interleaved calls',
      [
        { index: 0, id: 'a', function: { name: 'f' } },
        { index: 1, id: 'b', function: { name: 'g' } },
        { index: 0, function: { arguments: '1' } },
        { index: 1, function: { arguments: '2' } },
      ],
      [start(0, 'a'), start(1, 'b', 'g'), args(0, '1'), args(1, '2')],
    ],
    [
      'arguments before the name',
      [
        { index: 0, id: 'a', function: { arguments: '{' } },
        { index: 0, function: { name: 'f', arguments: '}' } },
      ],
      [start(0, 'a'), args(0, '{}')],
    ],
    [
      'arguments as an object',
      [{ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } }],
      [start(0, 'a'), args(0, '{"x":1}')],
    ],
    [
      'a custom tool',
      [{ index: 0, id: 'a', type: 'custom', custom: { name: 'f', input: 'go' } }],
      [{ type: 'tool-call-start', index: 0, id: 'a', name: 'f', custom: true }, args(0, 'go')],
    ],
    ['no id', [{ index: 0, function: { name: 'f', arguments: '{}' } }], [start(0, ''), args(0, '{}')]],
  ];

  it.each(calls)('[88] reads tool calls with %s', (_name, fragments, wanted) => {
    expect(events(...fragments.map(toolCall))).toEqual(wanted);
  });

  it.each(calls)('[76] gives clients ordered indexes and one id a call: %s', (_name, fragments, wanted) => {
    const chunks = decode(...fragments.map(toolCall));
    const ids = new Map<unknown, unknown>();
    for (const { frame: sent } of chunks) {
      const { choices } = JSON.parse(sent?.data ?? '{}') as {
        choices: { delta: { tool_calls: { index: number; id?: string }[] } }[];
      };
      for (const call of choices[0]?.delta.tool_calls ?? []) {
        expect('id' in call).toBe(!ids.has(call.index));
        expect(call.id).not.toBe('');
        if (!ids.has(call.index)) ids.set(call.index, call.id);
      }
    }
    const count = wanted.filter((event) => event.type === 'tool-call-start').length;
    expect([...ids.keys()]).toEqual(Array.from({ length: count }, (_value, index) => index));
    expect(new Set(ids.values()).size).toBe(count);
  });

  it("rewrites Mistral's frames so that the official SDK can read them", () => {
    const content = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'r' }] },
      { type: 'text', text: 'a' },
    ];
    const sent = decode(delta({ content }), toolCall({ index: 0, id: 'a', function: { name: 'f' } })).map(
      (chunk) => JSON.parse(chunk.frame?.data ?? '{}') as JsonObject,
    );
    expect(sent).toMatchObject([
      { choices: [{ delta: { content: 'a', reasoning_content: 'r' } }] },
      { choices: [{ delta: { tool_calls: [{ id: 'a', type: 'function' }] } }] },
    ]);
  });

  it('sends several calls of one delta on as one chunk each', () => {
    const both = frame({
      choices: [
        {
          index: 0,
          delta: {
            content: 'x',
            tool_calls: [
              { index: 0, id: 'a', function: { name: 'f', arguments: '{}' } },
              { index: 1, id: 'b', function: { name: 'g', arguments: '{}' } },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    });
    const sent = decode(both).map((chunk) => JSON.parse(chunk.frame?.data ?? '{}') as JsonObject);
    expect(sent).toMatchObject([
      { choices: [{ delta: { content: 'x', tool_calls: [{ id: 'a' }] }, finish_reason: null }] },
      {
        choices: [{ delta: { tool_calls: [{ id: 'b' }] }, finish_reason: 'tool_calls' }],
        usage: { prompt_tokens: 1 },
      },
    ]);
    expect(sent[0]).not.toHaveProperty('usage');
    expect(events(both).map((event) => event.type)).toEqual([
      'text-delta',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-start',
      'tool-call-delta',
      'finish',
      'usage',
    ]);
  });

  it.each([
    ['stop', false, 'stop'],
    ['stop', true, 'tool_calls'],
    ['function_call', true, 'tool_calls'],
    ['length', true, 'length'],
    ['model_length', false, 'length'],
    ['sensitive', false, 'content_filter'],
    ['eos', false, 'stop'],
  ])('[58] reads finish reason %s (tool calls: %s) as %s', (raw, withCall, reason) => {
    const before = withCall
      ? [toolCall({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } })]
      : [];
    const last = events(...before, delta({}, raw), delta({}, raw)).filter((event) => event.type === 'finish');
    expect(last).toEqual([{ type: 'finish', finish: { reason, raw } }]);
  });

  it('reads legacy function calls and several answers', () => {
    expect(
      events(
        delta({ function_call: { name: 'f', arguments: '' } }),
        delta({ function_call: { arguments: '{}' } }),
      ),
    ).toEqual([start(0, ''), args(0, '{}')]);
    const second = frame({
      choices: [{ index: 1, delta: { content: 'b' }, finish_reason: 'stop', logprobs: { content: [] } }],
    });
    expect(events(second)).toEqual([
      { type: 'text-delta', text: 'b', choice: 1 },
      { type: 'logprobs', logprobs: { content: [] }, choice: 1 },
      { type: 'finish', finish: { reason: 'stop', raw: 'stop' }, choice: 1 },
    ]);
  });

  const usages: readonly (readonly [name: string, frame: SseFrame])[] = [
    ['with empty choices', frame({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })],
    ['in x_groq', frame({ choices: [], x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } })],
    ['in the choice', delta({}, null, { usage: { prompt_tokens: 1, completion_tokens: 2 } })],
  ];

  it.each(usages)('[74] reads usage %s', (_name, one) => {
    expect(events(one)).toEqual([{ type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } }]);
  });

  it('[74] reads usage beside the finish reason, and behind the end marker of the same read', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 };
    const last = frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage });
    expect(events(last).map((event) => event.type)).toEqual(['finish', 'usage']);
    const late = [delta({}, 'stop'), DONE, frame({ choices: [], usage })];
    const chunks = decodeFrames(createStreamDecoder(), [late]);
    const types = chunks.flatMap((chunk) => chunk.events.map(({ type }) => type));
    expect(types).toEqual(['start', 'finish', 'usage', 'end']);
  });

  const errors: readonly (readonly [name: string, frame: SseFrame])[] = [
    ['an error member', { data: '{"error":{"message":"m","type":"server_error"}}' }],
    ["Groq's error event", { event: 'error', data: '{"error":{"message":"m","status_code":500}}' }],
    ['empty choices beside an error', frame({ choices: [], error: { code: 502, message: 'm' } })],
    ["vLLM's error object", { data: '{"object":"error","message":"m","code":500}' }],
    ['an error inside the choice', delta({}, 'error', { error: { code: 502, message: 'm' } })],
  ];

  it.each(errors)('[82] stops at %s', (_name, one) => {
    const read = events(delta({ content: 'a' }), one, delta({ content: 'b' }), DONE);
    expect(read).toMatchObject([
      { type: 'text-delta', text: 'a' },
      { type: 'vendor-error', error: { message: 'm' } },
    ]);
  });

  it('takes a finish reason that stands for a failure for an error', () => {
    const read = events(delta({}, 'insufficient_system_resource'));
    expect(read).toMatchObject([{ type: 'vendor-error', error: { kind: 'overloaded' } }]);
  });

  it('[92] reports a frame that is not JSON without passing it on', () => {
    expect(decode({ data: '{"choices":[{"del' })).toEqual([{ events: [{ type: 'malformed' }] }]);
    expect(decode({ data: '' })).toEqual([]);
  });

  it('never lets a frame through with an error that is null, or without choices', () => {
    const [first, second] = decode(
      delta({ content: 'a' }),
      { data: '{"id":"c1","error":null,"usage":{"prompt_tokens":1}}' },
      { data: '{"id":"c1","queue":3}' },
    );
    expect(first?.frame).toEqual(delta({ content: 'a' }));
    expect(JSON.parse(second?.frame?.data ?? '')).toEqual({
      id: 'c1',
      usage: { prompt_tokens: 1 },
      choices: [],
    });
  });

  it('[91] just ends when the frames end', () => {
    expect(events(delta({ content: 'a' }))).toEqual([{ type: 'text-delta', text: 'a' }]);
  });
});

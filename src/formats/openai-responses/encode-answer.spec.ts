import OpenAI from 'openai';
import type { Response as OpenaiResponse } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { encodeBatches } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import type { ChatResult } from '../../contract/chat-result.js';
import type { AssistantPart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { readString } from '../json/read-json.js';
import { encodeResponse } from './encode-response.js';
import { createStreamEncoder } from './encode-stream.js';

const asked: JsonObject = {
  model: 'alias',
  input: 'q',
  instructions: 'be brief',
  tools: [{ type: 'function', name: 'f', parameters: {}, strict: true }],
  tool_choice: 'required',
  temperature: 0.5,
  text: { verbosity: 'low' },
  reasoning: { effort: 'low' },
  store: true,
};
const context: AnswerContext = {
  requestId: 'req-1',
  provider: 'p',
  model: 'target-model',
  request: {
    original: { format: 'openai-responses', text: JSON.stringify(asked), json: asked },
    model: 'alias',
    stream: true,
    includeUsage: true,
    messages: [],
    sampling: {},
  },
  receivedAt: 9_000,
  priceOf: () => null,
};

function encodeChunks(
  batches: readonly (readonly ChatChunk[])[],
  source: WireFormatName = 'openai-chat',
): string {
  return encodeBatches(createStreamEncoder(source, context), batches).join('');
}

const encodeEvents = (events: readonly ChatEvent[]): string =>
  encodeChunks(events.map((event) => [{ events: [event] }]));

/** The events of a stream; checks that names and numbers are in order. */
function eventsOf(text: string): JsonObject[] {
  return text
    .split('\n\n')
    .filter((frame) => frame !== '' && !frame.startsWith(':'))
    .map((frame, index) => {
      const [event, data] = frame.split('\n');
      const json = JSON.parse(data?.slice('data: '.length) ?? '') as JsonObject;
      expect(event).toBe(`event: ${readString(json['type'])}`);
      expect(json['sequence_number']).toBe(index);
      return json;
    });
}

function clientFor(body: string, type: string): OpenAI {
  return new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body, { headers: { 'content-type': type } })),
  });
}

/** What the official SDK makes of a stream, with everything that it checks on the way. */
function accumulate(text: string): Promise<OpenaiResponse> {
  return clientFor(text, 'text/event-stream').responses.stream({ model: 'm', input: 'q' }).finalResponse();
}

function resultOf(content: readonly AssistantPart[], more: Partial<ChatResult> = {}): ChatResult {
  return {
    original: { format: 'openai-chat', text: '{}', json: {} },
    id: 'chatcmpl-1',
    model: 'gpt',
    created: 7,
    choices: [{ index: 0, content, finish: { reason: 'stop', raw: 'stop' } }],
    ...more,
  };
}

const start: Extract<ChatEvent, { type: 'start' }> = {
  type: 'start',
  id: 'chatcmpl-1',
  model: 'gpt',
  created: 7,
};
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
const finish = (reason: 'stop' | 'length' | 'tool_calls' | 'content_filter'): ChatEvent => ({
  type: 'finish',
  finish: { reason, raw: reason },
});
const usage: ChatEvent = {
  type: 'usage',
  usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 3, reasoningTokens: 1 },
};
const end: ChatEvent = { type: 'end' };
const failure: ChatEvent = { type: 'failure', error: new GatewayError('overloaded', 'Busy') };

const message = (said: string, status = 'completed'): JsonObject => ({
  type: 'message',
  role: 'assistant',
  status,
  content: [{ type: 'output_text', text: said, annotations: [] }],
});
const functionCall = (id: string, name: string, said: string, status = 'completed'): JsonObject => ({
  type: 'function_call',
  call_id: id,
  name,
  arguments: said,
  status,
});
const reasoning = (said: string): JsonObject => ({
  type: 'reasoning',
  summary: said === '' ? [] : [{ type: 'summary_text', text: said }],
});

describe('a whole answer for a Responses caller', () => {
  it('[63] [67] [70] is a full response object', () => {
    const written = JSON.parse(
      encodeResponse(
        resultOf([{ type: 'text', text: 'a' }], {
          usage: { inputTokens: 10, outputTokens: 3, cacheReadTokens: 4, reasoningTokens: 1 },
          serviceTier: 'flex',
        }),
        context,
      ),
    ) as JsonObject;
    expect(written).toEqual({
      id: 'resp_1',
      object: 'response',
      created_at: 7,
      status: 'completed',
      error: null,
      incomplete_details: null,
      model: 'gpt',
      output: [
        {
          id: 'msg_1_0',
          type: 'message',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'a', annotations: [], logprobs: [] }],
        },
      ],
      access_programs: null,
      background: false,
      instructions: 'be brief',
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: {},
      parallel_tool_calls: true,
      previous_response_id: null,
      prompt_cache_key: null,
      reasoning: { effort: 'low', summary: null },
      safety_identifier: null,
      store: false,
      temperature: 0.5,
      text: { format: { type: 'text' }, verbosity: 'low' },
      tool_choice: 'required',
      tools: asked['tools'],
      top_logprobs: 0,
      top_p: null,
      truncation: 'disabled',
      user: null,
      service_tier: 'flex',
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
        output_tokens: 3,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 13,
      },
    });
  });

  it('[57] [64] [65] has an item for everything that was said, and the SDK reads its text', async () => {
    const body = encodeResponse(
      resultOf([
        { type: 'reasoning', text: 'hm', signature: 'S' },
        { type: 'redacted-reasoning', data: 'R' },
        { type: 'reasoning', text: '', id: 'rs_own', encrypted: 'E' },
        { type: 'text', text: 'a' },
        { type: 'opaque', format: 'openai-chat', value: {} },
        { type: 'text', text: 'b' },
        { type: 'refusal', text: 'No.' },
        { type: 'tool-call', id: 'c1', name: 'f', arguments: '', signature: 'T' },
        { type: 'tool-call', id: '', name: 'g', arguments: '{"a":1}' },
        { type: 'tool-call', id: 'c3', name: 'h', arguments: 'free', custom: true },
      ]),
      context,
    );
    const response = await clientFor(body, 'application/json').responses.create({ model: 'm', input: 'q' });
    expect(response.output_text).toBe('ab');
    expect(response.usage).toBeNull();
    expect(response.output).toEqual([
      {
        id: 'rs_1_0',
        ...reasoning('hm'),
        encrypted_content: 'sluice-signature:S',
      },
      { id: 'rs_1_1', ...reasoning(''), encrypted_content: 'sluice-redacted:R' },
      { id: 'rs_own', ...reasoning(''), encrypted_content: 'E' },
      {
        id: 'msg_1_3',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [
          { type: 'output_text', text: 'ab', annotations: [], logprobs: [] },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      {
        id: 'fc_1_4',
        ...functionCall('c1', 'f', '{}'),
        extra_content: { google: { thought_signature: 'T' } },
      },
      { id: 'fc_1_5', ...functionCall('call_resp1_1', 'g', '{"a":1}') },
      {
        id: 'ctc_1_6',
        type: 'custom_tool_call',
        status: 'completed',
        call_id: 'c3',
        name: 'h',
        input: 'free',
      },
    ]);
  });

  it.each([
    ['length', 'incomplete', { reason: 'max_output_tokens' }],
    ['content_filter', 'incomplete', { reason: 'content_filter' }],
    ['tool_calls', 'completed', null],
  ] as const)('[59] [61] ends by %s as %s', (reason, status, details) => {
    const choice = {
      index: 0,
      content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{"a' }] as const,
      finish: { reason, raw: '' },
    };
    const written = JSON.parse(encodeResponse(resultOf([], { choices: [choice] }), context)) as JsonObject;
    expect(written).toMatchObject({ status, incomplete_details: details });
    expect(written['output']).toMatchObject([{ status, arguments: '{"a' }]);
  });

  it('is the text of the vendor where that speaks the same format', () => {
    const original = { format: 'openai-responses' as const, text: '{ "a":1 }', json: {} };
    expect(encodeResponse(resultOf([], { original }), context)).toBe('{ "a":1 }');
  });
});

describe('a stream of another format for a Responses caller', () => {
  it('[85] follows the exact sequence', () => {
    const written = encodeEvents([
      start,
      think('h'),
      think('m'),
      text('a'),
      text('b'),
      call(0, 'c1', 'f'),
      args(0, '{}'),
      finish('tool_calls'),
      usage,
      end,
      text('x'),
    ]);
    const events = eventsOf(written);
    expect(written).not.toContain('[DONE]');
    expect(events.map((event) => readString(event['type']).replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(events[0]).toMatchObject({
      response: { id: 'resp_1', model: 'gpt', created_at: 7, status: 'in_progress', output: [], usage: null },
    });
    expect(events[11]).toMatchObject({
      item_id: 'msg_1_1',
      output_index: 1,
      content_index: 0,
      delta: 'a',
      logprobs: [],
    });
    expect(events[18]).toMatchObject({ item_id: 'fc_1_2', output_index: 2, name: 'f', arguments: '{}' });
    expect(events.at(-1)).toMatchObject({
      response: {
        id: 'resp_1',
        status: 'completed',
        output: [reasoning('hm'), message('ab'), functionCall('c1', 'f', '{}')],
        usage: { input_tokens: 10, output_tokens: 3, total_tokens: 13 },
      },
    });
  });

  const conversations: readonly (readonly [string, readonly ChatEvent[], readonly JsonObject[], string])[] = [
    [
      '[86] tool calls alone',
      [start, text(''), call(0, 'c1', 'f'), args(0, '{"a":'), args(0, '1}'), finish('tool_calls'), end],
      [functionCall('c1', 'f', '{"a":1}')],
      'completed',
    ],
    [
      '[87] [89] a switch loses nothing: thinking, text, call, thinking again',
      [
        start,
        think('h'),
        text('a'),
        call(0, 'c1', 'f'),
        args(0, '{}'),
        think('x'),
        text('b'),
        finish('stop'),
        end,
      ],
      [reasoning('h'), message('a'), functionCall('c1', 'f', '{}'), reasoning('x'), message('b')],
      'completed',
    ],
    [
      '[88] interleaved calls grow side by side',
      [
        start,
        call(0, 'c1', 'f'),
        call(1, 'c2', 'g'),
        args(0, '{"a":'),
        args(1, '{"b":'),
        text('so far'),
        args(1, '2}'),
        args(0, '1}'),
        finish('tool_calls'),
        end,
      ],
      [functionCall('c1', 'f', '{"a":1}'), functionCall('c2', 'g', '{"b":2}'), message('so far')],
      'completed',
    ],
    [
      '[88] calls without arguments and without ids',
      [start, call(0, '', 'f'), call(1, 'c2', 'g'), args(1, '{}'), finish('tool_calls'), end],
      [functionCall('call_resp1_0', 'f', '{}'), functionCall('c2', 'g', '{}')],
      'completed',
    ],
    [
      'a custom tool takes free text',
      [
        start,
        { type: 'tool-call-start', index: 0, id: 'c1', name: 'f', custom: true },
        args(0, '{}'),
        args(0, ' x'),
        finish('tool_calls'),
        end,
      ],
      [{ type: 'custom_tool_call', call_id: 'c1', name: 'f', input: '{} x' }],
      'completed',
    ],
    [
      '[61] a cut call is kept as it is',
      [
        start,
        text('a'),
        call(0, 'c1', 'f'),
        args(0, '{}'),
        call(1, 'c2', 'f'),
        args(1, '{"a":"x'),
        finish('length'),
        end,
      ],
      [message('a'), functionCall('c1', 'f', '{}'), functionCall('c2', 'f', '{"a":"x', 'incomplete')],
      'incomplete',
    ],
    [
      '[80] [103] proofs close their item, may have no text, and redacted thinking is an item of its own',
      [
        start,
        think('one'),
        { type: 'reasoning-signature', signature: 'S' },
        { type: 'reasoning-signature' },
        { type: 'reasoning-signature', id: 'rs_x', encrypted: 'E' },
        { type: 'redacted-reasoning', data: 'R' },
        text('a'),
        finish('stop'),
        end,
      ],
      [
        { ...reasoning('one'), encrypted_content: 'sluice-signature:S' },
        { ...reasoning(''), encrypted_content: 'E' },
        { ...reasoning(''), encrypted_content: 'sluice-redacted:R' },
        message('a'),
      ],
      'completed',
    ],
    [
      '[64] text, then a refusal, are parts of one message',
      [
        start,
        text('a'),
        { type: 'refusal-delta', text: 'N' },
        { type: 'refusal-delta', text: 'o.' },
        finish('content_filter'),
        end,
      ],
      [
        {
          type: 'message',
          content: [
            { type: 'output_text', text: 'a' },
            { type: 'refusal', refusal: 'No.' },
          ],
        },
      ],
      'incomplete',
    ],
    ['no content at all, not even a start', [finish('stop'), end], [], 'completed'],
    [
      '[91] no end marker but a finish',
      [start, text('a'), finish('length')],
      [message('a', 'incomplete')],
      'incomplete',
    ],
    [
      'only the first of several answers, no foreign pieces, probabilities with the text',
      [
        start,
        { type: 'opaque', format: 'openai-chat', value: {} },
        text('a'),
        {
          type: 'logprobs',
          logprobs: { content: [{ token: 'a', logprob: 0, bytes: [97], top_logprobs: [] }] },
        },
        { type: 'text-delta', text: 'other', choice: 1 },
        { type: 'malformed' },
        { type: 'ping' },
        finish('stop'),
        end,
      ],
      [{ ...message('a'), content: [{ type: 'output_text', text: 'a', logprobs: [{ token: 'a' }] }] }],
      'completed',
    ],
  ];
  it.each(conversations)('%s', async (_name, events, output, status) => {
    const written = encodeEvents(events);
    const response = await accumulate(written);
    expect(response.output).toMatchObject(output);
    expect(response.output).toHaveLength(output.length);
    expect(response.status).toBe(status);
    expectOrder(eventsOf(written));
    // The same in one chunk, as vendors that only pretend to stream send it.
    expect(encodeChunks([[{ events }]])).toBe(written);
  });

  it.each([
    ['a failure', [start, text('a'), failure, end], 'overloaded', 'Busy'],
    [
      'an end without a finish',
      [start, text('a'), end],
      'stream_interrupted',
      'before the answer was finished',
    ],
    ['nothing more', [start, text('a')], 'stream_interrupted', 'before the answer was finished'],
    ['a failure before anything', [failure], 'overloaded', 'Busy'],
  ] as readonly (readonly [string, readonly ChatEvent[], string, string])[])(
    '[82] [83] [94] ends in an error and a failed response after %s',
    async (_name, events, code, words) => {
      const written = encodeEvents(events);
      const [error, failed] = eventsOf(written).slice(-2);
      expect(error).toMatchObject({ type: 'error', code, param: null, error: { code, param: null } });
      expect(failed).toMatchObject({
        type: 'response.failed',
        response: { status: 'failed', error: { code, message: expect.stringContaining(words) as string } },
      });
      expect(written).not.toContain('response.completed');
      await expect(accumulate(written)).rejects.toThrow(words);
    },
  );
});

describe('a stream of the same format for a Responses caller', () => {
  const frame = (json: JsonObject, ...events: ChatEvent[]): ChatChunk => ({
    frame: { event: readString(json['type']), data: JSON.stringify(json) },
    events,
  });
  const forward = (chunks: readonly ChatChunk[]): string => encodeChunks([chunks], 'openai-responses');
  const begun = frame(
    { type: 'response.created', sequence_number: 0 },
    {
      ...start,
      id: 'resp_own',
    },
  );

  it('goes on byte for byte, with what nobody here knows', async () => {
    const data = '{"type":"response.new","new":12345678901234567890     }';
    const written = forward([
      begun,
      { frame: { event: 'response.new', data }, events: [] },
      { events: [{ type: 'malformed' }] },
      { events: [{ type: 'ping' }] },
      frame({ type: 'response.completed' }, finish('stop'), usage, end),
      { events: [failure] },
    ]);
    expect(written).toBe(
      `event: response.created\ndata: {"type":"response.created","sequence_number":0}\n\nevent: response.new\ndata: ${data}\n\n: ping\n\nevent: response.completed\ndata: {"type":"response.completed"}\n\n`,
    );
  });

  const vendorError: ChatEvent = {
    type: 'vendor-error',
    error: { kind: 'overloaded', status: 503, message: 'secret', code: '' },
  };
  it.each([
    [
      'a failure',
      [begun, frame({ type: 'error', secret: 1 }, vendorError), { events: [failure] }],
      'overloaded',
    ],
    ['nothing more', [begun], 'stream_interrupted'],
    ['a foreign end marker', [begun, { events: [end] }], 'stream_interrupted'],
  ] as readonly (readonly [string, readonly ChatChunk[], string])[])(
    '[83] [94] [99] ends in an error of the gateway after %s',
    async (_name, chunks, code) => {
      const written = forward(chunks);
      const events = eventsOf(written);
      expect(events.map((event) => event['type'])).toEqual(['response.created', 'error', 'response.failed']);
      expect(events[2]).toMatchObject({ response: { id: 'resp_own', status: 'failed', error: { code } } });
      expect(written).not.toContain('secret');
    },
  );
});

/** [85]: every item opens at the next index, is closed once, and the end repeats what was told. */
function expectOrder(events: readonly JsonObject[]): void {
  const done = new Map<unknown, unknown>();
  let next = 0;
  for (const event of events) {
    const index = event['output_index'];
    if (event['type'] === 'response.output_item.added') {
      expect(index).toBe(next);
      next += 1;
    } else if (event['type'] === 'response.output_item.done') {
      expect(done.has(index)).toBe(false);
      done.set(index, event['item']);
    } else if (index !== undefined) {
      expect(done.has(index)).toBe(false);
      expect(Number(index)).toBeLessThan(next);
    }
  }
  const output = (events.at(-1)?.['response'] as JsonObject)['output'] as unknown[];
  expect(output).toEqual([...done].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item));
}

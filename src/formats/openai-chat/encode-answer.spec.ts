import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { encodeBatches } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent, SseFrame } from '../../contract/chat-event.js';
import type { ChatRequest } from '../../contract/chat-request.js';
import type { ChatResult } from '../../contract/chat-result.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeError } from './encode-error.js';
import { encodeResponse } from './encode-response.js';
import { createStreamEncoder } from './encode-stream.js';

function contextOf(includeUsage = false): AnswerContext {
  const request: ChatRequest = {
    original: { format: 'openai-chat', text: '{}', json: {} },
    model: 'm',
    stream: true,
    includeUsage,
    messages: [],
    sampling: {},
  };
  return {
    requestId: 'r1',
    provider: 'p',
    model: 'target',
    request,
    receivedAt: 1_700_000_000_500,
    priceOf: () => null,
  };
}

function encode(chunks: readonly ChatChunk[], source: WireFormatName, includeUsage = false): string {
  const encoder = createStreamEncoder(source, contextOf(includeUsage));
  return encodeBatches(
    encoder,
    chunks.map((chunk) => [chunk]),
  ).join('');
}

const write = (events: readonly ChatEvent[], includeUsage = false): string =>
  encode(
    events.map((event) => ({ events: [event] })),
    'anthropic-messages',
    includeUsage,
  );

const frames = (text: string): JsonObject[] =>
  text
    .split('\n\n')
    .filter((piece) => piece.startsWith('data: {'))
    .map((piece) => JSON.parse(piece.slice(6)) as JsonObject);

const START: ChatEvent = { type: 'start', id: 'msg_1', model: 'claude' };
const STOP: ChatEvent = { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } };
const END: ChatEvent = { type: 'end' };

describe('a stream from another format', () => {
  it('[63][75][77] writes the role once, then deltas, the finish reason and the end marker', () => {
    const text = write([START, { type: 'ping' }, { type: 'text-delta', text: 'a"b' }, STOP, END]);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text).toContain(': ping\n\n');
    const head = {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'claude',
    };
    expect(frames(text)).toEqual([
      { ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
      { ...head, choices: [{ index: 0, delta: { content: 'a"b' }, finish_reason: null }] },
      { ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    ]);
  });

  it('[75] starts tool calls with empty arguments and appends to them, with the id once', () => {
    const text = write([
      START,
      { type: 'tool-call-start', index: 0, id: 'toolu_1', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '{"a":' },
      { type: 'tool-call-delta', index: 0, arguments: '1}' },
      { type: 'tool-call-start', index: 1, id: '', name: 'g' },
      { type: 'finish', finish: { reason: 'tool_calls', raw: 'tool_use' } },
    ]);
    const deltas = frames(text).map((frame) => (frame['choices'] as { delta: JsonObject }[])[0]?.delta);
    expect(deltas.slice(1, 5)).toEqual([
      { tool_calls: [{ index: 0, id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      {
        tool_calls: [
          { index: 1, id: 'call_chatcmpl1_1', type: 'function', function: { name: 'g', arguments: '' } },
        ],
      },
    ]);
  });

  it('[65][80] writes reasoning apart from text, and a signed block whole', () => {
    const text = write([
      START,
      { type: 'reasoning-delta', text: 'r1' },
      { type: 'reasoning-delta', text: 'r2' },
      { type: 'reasoning-signature', signature: 's' },
      { type: 'redacted-reasoning', data: 'd' },
      { type: 'text-delta', text: 'a' },
      STOP,
    ]);
    const deltas = frames(text).map((frame) => (frame['choices'] as { delta: JsonObject }[])[0]?.delta);
    expect(deltas.slice(1, 6)).toEqual([
      { reasoning_content: 'r1' },
      { reasoning_content: 'r2' },
      { thinking_blocks: [{ type: 'thinking', thinking: 'r1r2', signature: 's' }] },
      { thinking_blocks: [{ type: 'redacted_thinking', data: 'd' }] },
      { content: 'a' },
    ]);
  });

  it('[56][67][74] writes the usage once, at the end, and only when asked', () => {
    const events: ChatEvent[] = [
      START,
      { type: 'usage', usage: { inputTokens: 9 } },
      STOP,
      {
        type: 'usage',
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          cacheReadTokens: 4,
          cacheWriteTokens: 3,
          reasoningTokens: 2,
        },
      },
      END,
    ];
    expect(write(events)).not.toContain('usage');
    const last = frames(write(events, true)).at(-1);
    expect(last).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    });
  });

  it('[82] ends with an error and without an end marker after a failure', () => {
    const failure: ChatEvent = { type: 'failure', error: new GatewayError('stream_interrupted', 'broke') };
    const text = write([START, { type: 'text-delta', text: 'a' }, failure, STOP, END]);
    expect(frames(text).at(-1)).toEqual({
      error: { message: 'broke', type: 'server_error', param: null, code: 'stream_interrupted' },
    });
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('"finish_reason":"stop"');
  });

  it('[83] never ends a stream as whole that brought no finish', () => {
    for (const source of ['anthropic-messages', 'openai-chat'] as const) {
      const text = encode(
        [{ frame: { data: '{"choices":[]}' }, events: [{ type: 'text-delta', text: 'a' }, END] }],
        source,
      );
      expect(text).not.toContain('[DONE]');
      expect(frames(text).at(-1)).toMatchObject({ error: { code: 'stream_interrupted' } });
    }
  });

  it('gives the official SDK the same message in the end', async () => {
    const text = write(
      [
        START,
        { type: 'text-delta', text: 'Hel' },
        { type: 'text-delta', text: 'lo' },
        { type: 'tool-call-start', index: 0, id: 'c0', name: 'f' },
        { type: 'tool-call-delta', index: 0, arguments: '{}' },
        { type: 'tool-call-start', index: 1, id: 'c1', name: 'g' },
        { type: 'tool-call-delta', index: 1, arguments: '{"x":1}' },
        { type: 'finish', finish: { reason: 'tool_calls', raw: 'tool_use' } },
        { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
        END,
      ],
      true,
    );
    const client = new OpenAI({
      apiKey: 'test',
      baseURL: 'http://localhost/v1',
      fetch: () => Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
    });
    const stream = client.chat.completions.stream({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe('Hello');
    expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
    expect(completion.choices[0]?.message.tool_calls).toMatchObject([
      { id: 'c0', function: { name: 'f', arguments: '{}' } },
      { id: 'c1', function: { name: 'g', arguments: '{"x":1}' } },
    ]);
    expect(completion.usage?.total_tokens).toBe(3);
  });
});

describe('a stream of the same format', () => {
  const frame = (data: string): SseFrame => ({ data });
  const text: ChatChunk = {
    frame: frame('{"choices":[{"delta":{"content":"a"}}],"x":1}'),
    events: [{ type: 'text-delta', text: 'a' }],
  };
  const finish: ChatChunk = {
    frame: frame('{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}'),
    events: [STOP, { type: 'usage', usage: { inputTokens: 1 } }],
  };
  const usage: ChatChunk = {
    frame: frame('{"choices": [ ],"usage":{"prompt_tokens":1}}'),
    events: [{ type: 'usage', usage: { inputTokens: 1 } }],
  };
  const done: ChatChunk = { frame: frame('[DONE]'), events: [END] };
  const lines = (...chunks: ChatChunk[]): string =>
    chunks.map((chunk) => `data: ${chunk.frame?.data ?? ''}\n\n`).join('');

  it('sends frames on as they are and leaves the usage chunk out unless asked', () => {
    expect(encode([text, finish, usage, done], 'openai-chat')).toBe(lines(text, finish, done));
    expect(encode([text, finish, usage, done], 'openai-chat', true)).toBe(lines(text, finish, usage, done));
  });

  it('[91] adds the end marker where the vendor left it out', () => {
    expect(encode([text, finish], 'openai-chat')).toBe(lines(text, finish, done));
  });

  it('[92] passes nothing on of a malformed frame', () => {
    expect(encode([text, { events: [{ type: 'malformed' }] }, finish, done], 'openai-chat')).toBe(
      lines(text, finish, done),
    );
  });

  it('[82] writes the error of a failure and stops', () => {
    const failure: ChatChunk = {
      events: [{ type: 'failure', error: new GatewayError('upstream_error', 'm') }],
    };
    const sent = encode([text, failure, finish, done], 'openai-chat');
    expect(sent.startsWith(lines(text))).toBe(true);
    expect(frames(sent).at(-1)).toMatchObject({ error: { code: 'upstream_error' } });
    expect(sent).not.toContain('[DONE]');
  });
});

describe('encodeResponse', () => {
  const result = (members: Partial<ChatResult>): ChatResult => ({
    original: { format: 'anthropic-messages', text: '{}', json: {} },
    id: 'msg_1',
    model: '',
    choices: [
      { index: 0, content: [{ type: 'text', text: 'a' }], finish: { reason: 'stop', raw: 'end_turn' } },
    ],
    ...members,
  });

  it('gives the original text of the same format, without an error that is null', () => {
    const text = '{ "id":"x", "error": null,"big":12345678901234567890 }';
    const original = { format: 'openai-chat', text, json: { error: null } } as const;
    expect(encodeResponse(result({ original }), contextOf())).toBe('{ "id":"x","big":12345678901234567890 }');
    expect(encodeResponse(result({ original: { ...original, json: {} } }), contextOf())).toBe(text);
  });

  it("gives clients Mistral's content array as a string", () => {
    const json = {
      id: 'x',
      choices: [
        {
          message: {
            content: [
              { type: 'thinking', thinking: [{ type: 'text', text: 'r' }] },
              { type: 'text', text: 'a' },
            ],
          },
        },
      ],
    };
    const original = { format: 'openai-chat', text: JSON.stringify(json), json } as const;
    expect(JSON.parse(encodeResponse(result({ original }), contextOf()))).toEqual({
      id: 'x',
      choices: [{ message: { content: 'a', reasoning_content: 'r' } }],
    });
  });

  it('[57][62][63][65] writes a whole answer', () => {
    const content = [
      { type: 'reasoning', text: 'r', signature: 's' },
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
      { type: 'tool-call', id: 't', name: 'f', arguments: '{"x' },
    ] as const;
    const text = encodeResponse(
      result({
        choices: [{ index: 0, content, finish: { reason: 'length', raw: 'max_tokens' } }],
        usage: { inputTokens: 1, outputTokens: 2 },
      }),
      contextOf(),
    );
    expect(JSON.parse(text)).toEqual({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'target',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'ab',
            refusal: null,
            reasoning_content: 'r',
            thinking_blocks: [{ type: 'thinking', thinking: 'r', signature: 's' }],
            tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{"x' } }],
          },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    });
  });

  it.each([
    [[{ type: 'tool-call', id: 't', name: 'f', arguments: '{}' }], null, null],
    [[{ type: 'refusal', text: 'no' }], null, 'no'],
    [[], '', null],
  ] as const)('[62][64] writes the content of %j', (content, text, refusal) => {
    const json = JSON.parse(
      encodeResponse(
        result({ choices: [{ index: 0, content, finish: { reason: 'stop', raw: '' } }] }),
        contextOf(),
      ),
    ) as { choices: { message: unknown }[] };
    expect(json.choices[0]?.message).toMatchObject({ content: text, refusal });
  });
});

describe('encodeError', () => {
  it("[97] writes OpenAI's shape with all four members", () => {
    expect(JSON.parse(encodeError(new GatewayError('invalid_request', 'm', { param: 'n' })))).toEqual({
      error: { message: 'm', type: 'invalid_request_error', param: 'n', code: 'invalid_request' },
    });
    expect(JSON.parse(encodeError(new GatewayError('rate_limit_exceeded', 'm')))).toMatchObject({
      error: { type: 'rate_limit_error', param: null },
    });
  });
});

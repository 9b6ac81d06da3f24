import { describe, expect, it } from 'vitest';
import { encodeBatches } from '../../../test/support/stream-helpers.js';
import type { ChatEvent } from '../../contract/chat-event.js';
import type { ChatResult } from '../../contract/chat-result.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../openai-chat/openai-chat.format.js';
import { SIMPLE_CHAT_INBOUND } from './simple-chat.format.js';

const body = (json: JsonObject) => ({ format: 'simple-chat', text: JSON.stringify(json), json }) as const;
const HI = { role: 'user', content: 'hi' };

const CONTEXT: AnswerContext = {
  requestId: 'r1',
  provider: 'openai',
  model: 'target',
  request: SIMPLE_CHAT_INBOUND.decodeRequest(body({ messages: [HI] })),
  receivedAt: 0,
  priceOf: (usage) => (usage === undefined ? null : 0.5),
};

const result = (members: Partial<ChatResult>): ChatResult => ({
  original: { format: 'openai-chat', text: '{}', json: {} },
  id: 'chatcmpl-1',
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, content: [{ type: 'text', text: 'a' }], finish: { reason: 'stop', raw: 'stop' } }],
  ...members,
});

function stream(events: readonly ChatEvent[]): string {
  const encoder = SIMPLE_CHAT_INBOUND.createStreamEncoder('openai-chat', CONTEXT);
  return encodeBatches(
    encoder,
    events.map((event) => [{ events: [event] }]),
  ).join('');
}

describe('simple chat requests', () => {
  it('reads messages, provider and sampling', () => {
    const request = SIMPLE_CHAT_INBOUND.decodeRequest(
      body({ messages: [HI], provider: 'openai', stream: true, temperature: 0.5, max_tokens: 9 }),
    );
    expect(request).toMatchObject({
      provider: 'openai',
      model: undefined,
      stream: true,
      includeUsage: true,
      sampling: { temperature: 0.5, maxTokens: 9 },
    });
  });

  it("passes every member of OpenAI's on to vendors of that format, and keeps the pin here", () => {
    const request = SIMPLE_CHAT_INBOUND.decodeRequest(
      body({ messages: [HI], provider: 'openai', thinking: { type: 'disabled' }, next_month: 1 }),
    );
    const encoded = OPENAI_CHAT_OUTBOUND.encodeRequest(request, { model: 'm', traits: {} });
    expect(JSON.parse(encoded.body)).toEqual({
      messages: [HI],
      thinking: { type: 'disabled' },
      next_month: 1,
      model: 'm',
    });
  });

  it.each([
    [{}, 'messages must be a non-empty array'],
    [{ messages: [HI], n: 2 }, 'n must be 1, found 2: the answer is one string'],
  ])('refuses %j with the fault in details', (json, fault) => {
    try {
      SIMPLE_CHAT_INBOUND.decodeRequest(body(json));
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      expect(JSON.parse(SIMPLE_CHAT_INBOUND.encodeError(error as GatewayError, 'r1'))).toEqual({
        error: fault,
        details: [fault],
      });
    }
  });
});

describe('simple chat answers', () => {
  it('writes content, model, provider and usage', () => {
    const text = SIMPLE_CHAT_INBOUND.encodeResponse(
      result({ usage: { inputTokens: 9, outputTokens: 12 } }),
      CONTEXT,
    );
    expect(JSON.parse(text)).toEqual({
      content: 'a',
      model: 'gpt-4o-mini-2024-07-18',
      provider: 'openai',
      usage: { input_tokens: 9, output_tokens: 12, cost_usd: 0.5 },
    });
  });

  it('always has a string as content, and null for tokens that nobody counted', () => {
    const content = [
      { type: 'reasoning', text: 'r' },
      { type: 'tool-call', id: 't', name: 'f', arguments: '{}' },
    ] as const;
    const text = SIMPLE_CHAT_INBOUND.encodeResponse(
      result({ choices: [{ index: 0, content, finish: { reason: 'tool_calls', raw: '' } }] }),
      CONTEXT,
    );
    expect(JSON.parse(text)).toMatchObject({
      content: '',
      reasoning: 'r',
      tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{}' } }],
      usage: { input_tokens: null, output_tokens: null, cost_usd: null },
    });
  });

  it('streams deltas, one closing event and the end marker', () => {
    const text = stream([
      { type: 'start', id: 'c', model: 'gpt' },
      { type: 'text-delta', text: 'a' },
      { type: 'text-delta', text: 'b' },
      { type: 'finish', finish: { reason: 'stop', raw: 'stop' } },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
      { type: 'end' },
    ]);
    expect(text).toBe(
      'data: {"content":"a"}\n\ndata: {"content":"b"}\n\n' +
        'data: {"content":"","model":"gpt","provider":"openai","usage":{"input_tokens":1,"output_tokens":2,"cost_usd":0.5},"finish_reason":"stop"}\n\n' +
        'data: [DONE]\n\n',
    );
  });

  it('brings tool calls whole in the closing event', () => {
    const text = stream([
      { type: 'tool-call-start', index: 0, id: 't', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '{"x":' },
      { type: 'tool-call-delta', index: 0, arguments: '1}' },
      { type: 'finish', finish: { reason: 'tool_calls', raw: '' } },
    ]);
    expect(text).toContain(
      '"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"}}]',
    );
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('ends a broken stream with an error and without the end marker', () => {
    const details = ['openai: cut'];
    const failed = stream([
      { type: 'text-delta', text: 'a' },
      { type: 'failure', error: new GatewayError('stream_interrupted', 'broke', { details }) },
    ]);
    expect(failed).toBe('data: {"content":"a"}\n\ndata: {"error":"broke","details":["openai: cut"]}\n\n');
    expect(stream([{ type: 'text-delta', text: 'a' }])).toContain(
      '"error":"The stream ended before the answer was finished"',
    );
  });
});

describe('simple chat errors', () => {
  it.each([
    'upstream_error',
    'upstream_unavailable',
    'upstream_timeout',
    'upstream_credentials_exhausted',
    'rate_limit_exceeded',
  ] as const)('says that all providers failed for %s with a line for each', (code) => {
    const details = ['deepseek: 500 Internal Server Error', 'openai: cooling down for 41 s (429 rate limit)'];
    expect(
      JSON.parse(SIMPLE_CHAT_INBOUND.encodeError(new GatewayError(code, 'm', { details }), 'r1')),
    ).toEqual({ error: 'All providers failed', details });
    expect(JSON.parse(SIMPLE_CHAT_INBOUND.encodeError(new GatewayError(code, 'm'), 'r1'))).toEqual({
      error: 'm',
      details: [],
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { ChatChoice, ChatResult } from '../../contract/chat-result.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { encodeError } from './encode-error.js';
import { encodeResponse } from './encode-response.js';

const context: AnswerContext = {
  requestId: 'req-1',
  provider: 'p',
  model: 'target-model',
  request: {
    original: { format: 'anthropic-messages', text: '{}', json: {} },
    model: undefined,
    stream: false,
    includeUsage: true,
    messages: [],
    sampling: {},
  },
  receivedAt: 0,
  priceOf: () => null,
};

function encode(choice: Partial<ChatChoice>, members: Partial<ChatResult> = {}): JsonObject {
  const result: ChatResult = {
    original: { format: 'openai-chat', text: '{}', json: {} },
    id: 'chatcmpl-abc',
    model: 'gpt-x',
    choices: [
      {
        index: 0,
        content: [{ type: 'text', text: 'hi' }],
        finish: { reason: 'stop', raw: 'stop' },
        ...choice,
      },
    ],
    ...members,
  };
  return JSON.parse(encodeResponse(result, context)) as JsonObject;
}

describe('whole answers for callers of Anthropic', () => {
  it('go on as they came where the vendor speaks the same format', () => {
    const text = '{"id":"msg_1",  "new": 12345678901234567890 }   ';
    const original = { format: 'anthropic-messages', text, json: {} } as const;
    expect(encodeResponse({ original, id: '', model: '', choices: [] }, context)).toBe(text);
  });

  it('[63] [68] have the whole shape, every count a number', () => {
    expect(encode({})).toEqual({
      id: 'msg_abc',
      type: 'message',
      role: 'assistant',
      model: 'gpt-x',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 0,
        output_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      },
    });
    expect(encode({}, { id: '', model: '' })).toMatchObject({ id: 'msg_req-1', model: 'target-model' });
  });

  it('[68] [70] take the cached tokens out of the input again', () => {
    const usage = {
      inputTokens: 100,
      cacheReadTokens: 60,
      cacheWriteTokens: 10,
      outputTokens: 5,
      reasoningTokens: 2,
    };
    expect(encode({}, { usage, serviceTier: 'default' })['usage']).toEqual({
      input_tokens: 30,
      cache_read_input_tokens: 60,
      cache_creation_input_tokens: 10,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { thinking_tokens: 2 },
      service_tier: 'standard',
    });
  });

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['tool_calls', 'tool_use'],
    ['content_filter', 'refusal'],
  ] as const)('[59] finish %s as %s', (reason, expected) => {
    expect(encode({ finish: { reason, raw: reason } })['stop_reason']).toBe(expected);
  });

  it('[59] say tool_use wherever a call stands, [60] name the stop sequence, [64] and refusals', () => {
    const call = { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{}' } as const;
    expect(encode({ content: [call] })['stop_reason']).toBe('tool_use');
    expect(encode({ finish: { reason: 'stop', raw: 'stop', stopSequence: 'END' } })).toMatchObject({
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
    });
    expect(encode({ content: [{ type: 'refusal', text: 'No.' }] })).toMatchObject({
      content: [{ type: 'text', text: 'No.' }],
      stop_reason: 'refusal',
    });
  });

  it('[62] [65] [27] write blocks in order, mint ids, leave out what has no block', () => {
    expect(
      encode({
        content: [
          { type: 'reasoning', text: 'signed', signature: 's' },
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: '' },
          { type: 'audio', data: 'AA', encoding: 'wav' },
          { type: 'tool-call', id: '', name: 'f', arguments: '{"a":1}' },
          { type: 'tool-call', id: 'functions.g:0', name: 'g', arguments: '' },
        ],
      })['content'],
    ).toEqual([
      { type: 'thinking', thinking: 'signed', signature: 's' },
      { type: 'thinking', thinking: 'hm', signature: 'sluice-unsigned' },
      { type: 'tool_use', id: 'toolu_req1_0', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'esc_functions_2e_g_3a_0', name: 'g', input: {} },
    ]);
  });

  it.each(['length', 'tool_calls'] as const)('[61] never offer a cut call to be run: %s', (reason) => {
    const content = [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{"a": "b' }] as const;
    expect(encode({ content, finish: { reason, raw: reason } })).toMatchObject({
      content: [{ input: {} }],
      stop_reason: 'max_tokens',
    });
  });

  it('[26] keep numbers that a double cannot hold', () => {
    const result: ChatResult = {
      original: { format: 'openai-chat', text: '{}', json: {} },
      id: 'x',
      model: 'm',
      choices: [
        {
          index: 0,
          content: [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{"n": 12345678901234567890}' }],
          finish: { reason: 'tool_calls', raw: 'tool_calls' },
        },
      ],
    };
    expect(encodeResponse(result, context)).toContain('"input":{"n":12345678901234567890}');
  });
});

describe('errors for callers of Anthropic', () => {
  it("[97] have Anthropic's shape and types", () => {
    expect(JSON.parse(encodeError(new GatewayError('rate_limit_exceeded', 'Slow down'), 'req-1'))).toEqual({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Slow down' },
      request_id: 'req-1',
    });
  });
});

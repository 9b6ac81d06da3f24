import { describe, expect, it } from 'vitest';
import type { AssistantPart } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { decodeResponse } from './decode-response.js';

const answer = (message: JsonObject, more: JsonObject = {}, top: JsonObject = {}): string =>
  JSON.stringify({
    id: 'c1',
    created: 5,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop', ...more }],
    ...top,
  });

describe('decodeResponse', () => {
  const messages: readonly (readonly [
    name: string,
    message: JsonObject,
    wanted: readonly AssistantPart[],
  ])[] = [
    ['text', { content: 'a' }, [{ type: 'text', text: 'a' }]],
    [
      '[65] reasoning_content',
      { content: 'a', reasoning_content: 'r' },
      [
        { type: 'reasoning', text: 'r' },
        { type: 'text', text: 'a' },
      ],
    ],
    [
      '[65] reasoning',
      { content: 'a', reasoning: 'r' },
      [
        { type: 'reasoning', text: 'r' },
        { type: 'text', text: 'a' },
      ],
    ],
    [
      '[65] reasoning_details',
      {
        content: 'a',
        reasoning: 'r',
        reasoning_details: [
          { type: 'reasoning.text', text: 'r', signature: 's' },
          { type: 'reasoning.encrypted', data: 'd', format: 'anthropic-claude-v1' },
        ],
      },
      [
        { type: 'reasoning', text: 'r', signature: 's' },
        { type: 'redacted-reasoning', data: 'd' },
        { type: 'text', text: 'a' },
      ],
    ],
    [
      "[65] Mistral's content array",
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'r' }] },
          { type: 'text', text: 'a' },
        ],
      },
      [
        { type: 'reasoning', text: 'r' },
        { type: 'text', text: 'a' },
      ],
    ],
    ['[64] a refusal', { content: null, refusal: 'no' }, [{ type: 'refusal', text: 'no' }]],
    [
      '[61] cut tool arguments',
      { content: null, tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{"x' } }] },
      [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{"x' }],
    ],
    [
      'tool arguments as an object',
      { content: '', tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] },
      [{ type: 'tool-call', id: '', name: 'f', arguments: '{"x":1}' }],
    ],
    [
      '[35] a legacy function call',
      { content: null, function_call: { name: 'f', arguments: '{}' } },
      [{ type: 'tool-call', id: '', name: 'f', arguments: '{}' }],
    ],
    [
      '[66] annotations',
      { content: 'a', annotations: [{ type: 'url_citation' }] },
      [
        {
          type: 'text',
          text: 'a',
          annotations: { format: 'openai-chat', items: [{ type: 'url_citation' }] },
        },
      ],
    ],
  ];

  it.each(messages)('reads %s', (_name, message, wanted) => {
    expect(decodeResponse(answer(message)).choices[0]?.content).toEqual(wanted);
  });

  it('[59] reads stop beside tool calls as tool_calls', () => {
    const text = answer({ tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] });
    expect(decodeResponse(text).choices[0]?.finish).toEqual({ reason: 'tool_calls', raw: 'stop' });
  });

  it('reads padded text, several answers and log probabilities, and keeps the original', () => {
    const text = `\n  \n${JSON.stringify({ choices: [0, 1].map((index) => ({ index, message: { content: String(index) }, finish_reason: 'length', logprobs: { content: [] } })) })}`;
    const result = decodeResponse(text);
    expect(result.original?.text).toBe(text);
    expect(result.choices).toMatchObject([
      { index: 0, finish: { reason: 'length' }, logprobs: { content: [] } },
      { index: 1, content: [{ text: '1' }] },
    ]);
  });

  it('[28] restores tool names', () => {
    const text = answer({ tool_calls: [{ id: 'a', function: { name: 'short', arguments: '{}' } }] });
    expect(
      decodeResponse(text, { toolNames: new Map([['short', 'the.long.name']]) }).choices[0]?.content,
    ).toMatchObject([{ name: 'the.long.name' }]);
  });

  const usages: readonly (readonly [name: string, usage: JsonObject, wanted: Usage])[] = [
    [
      '[70] details',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 },
      },
      {
        inputTokens: 10,
        outputTokens: 5,
        cacheReadTokens: 4,
        inputAudioTokens: 1,
        reasoningTokens: 3,
        outputAudioTokens: 0,
      },
    ],
    [
      "[70] xAI's total",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      { inputTokens: 10, outputTokens: 105, reasoningTokens: 100 },
    ],
    [
      '[68] DeepSeek',
      { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { inputTokens: 10, outputTokens: 5, cacheReadTokens: 8 },
    ],
    [
      '[67] cache writes',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 6 },
      },
      { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 6 },
    ],
    ['[72] zero, which is not absent', { prompt_tokens: 0 }, { inputTokens: 0 }],
  ];

  it.each(usages)('reads usage: %s', (_name, usage, wanted) => {
    expect(decodeResponse(answer({ content: 'a' }, {}, { usage })).usage).toEqual(wanted);
  });

  it.each([
    ['<html>', undefined],
    ['[]', undefined],
    ['{"choices":[]}', undefined],
    ['{"error":{"message":"m","code":429}}', 'rate_limit'],
    ['{"choices":[],"error":{"message":"overloaded","type":"overloaded_error"}}', 'overloaded'],
    [
      '{"choices":[{"index":0,"message":{},"finish_reason":"error","error":{"code":502,"message":"m"}}]}',
      'server',
    ],
  ])('[62] does not take %s for an answer', (text, kind) => {
    try {
      decodeResponse(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableAnswer);
      expect((error as UnreadableAnswer).vendorError?.kind).toBe(kind);
    }
  });
});

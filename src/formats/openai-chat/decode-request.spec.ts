import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';
import { decodeRequest } from './decode-request.js';

function decode(json: JsonObject): ChatRequest {
  const text = JSON.stringify(json);
  const parsed = parseJson(text);
  if (!isJsonObject(parsed)) throw new Error('not an object');
  return decodeRequest({ format: 'openai-chat', text, json: parsed });
}

function faultsOf(json: JsonObject): readonly string[] {
  try {
    decode(json);
  } catch (error) {
    if (error instanceof GatewayError) return error.details ?? [];
    throw error;
  }
  return [];
}

const hi = { role: 'user', content: 'hi' };

describe('decodeRequest', () => {
  const messageCases: readonly (readonly [name: string, message: JsonObject, wanted: unknown])[] = [
    [
      '[3] a developer message of parts',
      { role: 'developer', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] },
      { role: 'developer', content: [{ type: 'text', text: 'a', cacheControl: { type: 'ephemeral' } }] },
    ],
    [
      '[37] an image as data URI',
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'data:image/PNG;base64,QUJD', detail: 'low' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'QUJD' }, detail: 'low' },
        ],
      },
    ],
    [
      '[38] an image by URL',
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://e.com/a.png' } }] },
      { role: 'user', content: [{ type: 'image', source: { kind: 'url', url: 'https://e.com/a.png' } }] },
    ],
    [
      '[39] a PDF',
      {
        role: 'user',
        content: [
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,QUJD' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'document',
            source: { kind: 'base64', mediaType: 'application/pdf', data: 'QUJD' },
            filename: 'a.pdf',
          },
        ],
      },
    ],
    [
      '[40] audio',
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'QUJD', format: 'wav' } }] },
      { role: 'user', content: [{ type: 'audio', data: 'QUJD', encoding: 'wav' }] },
    ],
    [
      'a part of an unknown type',
      { role: 'user', content: [{ type: 'video_url', video_url: { url: 'x' } }] },
      {
        role: 'user',
        content: [
          { type: 'opaque', format: 'openai-chat', value: { type: 'video_url', video_url: { url: 'x' } } },
        ],
      },
    ],
    [
      '[11] tool calls without content',
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1' } }],
      },
      { role: 'assistant', content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":1' }] },
    ],
    [
      'a custom tool call',
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'custom', custom: { name: 'f', input: 'free' } }] },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: 'free', custom: true }],
      },
    ],
    [
      '[12] a refusal',
      { role: 'assistant', content: null, refusal: 'no' },
      { role: 'assistant', content: [{ type: 'refusal', text: 'no' }] },
    ],
    [
      '[103] signed thinking',
      {
        role: 'assistant',
        content: 'x',
        reasoning_content: 't',
        thinking_blocks: [
          { type: 'thinking', thinking: 't', signature: 's' },
          { type: 'redacted_thinking', data: 'd' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 't', signature: 's' },
          { type: 'redacted-reasoning', data: 'd' },
          { type: 'text', text: 'x' },
        ],
      },
    ],
    [
      'reasoning_details',
      {
        role: 'assistant',
        content: '',
        reasoning: 't',
        reasoning_details: [{ type: 'reasoning.text', text: 't', signature: 's' }],
      },
      { role: 'assistant', content: [{ type: 'reasoning', text: 't', signature: 's' }] },
    ],
    [
      "Mistral's thinking",
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 't' }] },
          { type: 'text', text: 'x' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 't' },
          { type: 'text', text: 'x' },
        ],
      },
    ],
    [
      '[30] a tool result of parts',
      { role: 'tool', tool_call_id: 'c', content: [{ type: 'text', text: 'r' }] },
      { role: 'tool', toolCallId: 'c', content: [{ type: 'text', text: 'r' }] },
    ],
    [
      '[15] a name',
      { role: 'user', name: 'ann', content: 'hi' },
      { role: 'user', name: 'ann', content: [{ type: 'text', text: 'hi' }] },
    ],
  ];

  it.each(messageCases)('%s', (_name, message, wanted) => {
    expect(decode({ messages: [message] }).messages).toEqual([wanted]);
  });

  it('[35] joins legacy function calls with their results', () => {
    const { messages, tools, toolChoice } = decode({
      messages: [
        hi,
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'r' },
      ],
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    });
    const [, asked, answered] = messages;
    expect(asked?.content).toMatchObject([{ type: 'tool-call', name: 'f', id: 'call_function_1' }]);
    expect(answered).toMatchObject({ role: 'tool', toolCallId: 'call_function_1' });
    expect(tools).toEqual([{ name: 'f', parameters: { type: 'object' } }]);
    expect(toolChoice).toEqual({ type: 'tool', name: 'f' });
  });

  it('reads routing members', () => {
    expect(decode({ messages: [hi], provider: 'openai', models: ['a', 'b'], model: 'c' })).toMatchObject({
      provider: 'openai',
      fallbackModels: ['a', 'b'],
      model: 'c',
    });
    expect(
      decode({ messages: [hi], provider: { order: ['a'], allow_fallbacks: false, sort: 'price' } }),
    ).toMatchObject({
      provider: undefined,
      preferences: { order: ['a'], allowFallbacks: false, sort: 'price' },
    });
  });

  it('[43] takes max_completion_tokens before max_tokens', () => {
    expect(decode({ messages: [hi], max_tokens: 1, max_completion_tokens: 2 }).sampling).toEqual({
      maxTokens: 2,
    });
  });

  it('[54] takes null for absent and keeps unknown members', () => {
    const request = decode({
      messages: [hi],
      temperature: null,
      stop: null,
      store: true,
      prediction: null,
      next_month: { a: 1 },
    });
    expect(request.sampling).toEqual({});
    expect(request.extensions).toEqual({ store: true, next_month: { a: 1 } });
  });

  it.each([
    [{ reasoning_effort: 'low' }, { effort: 'low' }],
    [{ reasoning: { max_tokens: 2000 } }, { budgetTokens: 2000 }],
    [{ thinking: { type: 'disabled' } }, { mode: 'disabled' }],
  ])('[48] reads reasoning from %j', (members, wanted) => {
    expect(decode({ messages: [hi], ...members }).reasoning).toMatchObject(wanted);
  });

  it.each([
    ['auto', { type: 'auto' }],
    ['required', { type: 'required' }],
    ['any', { type: 'required' }],
    [
      { type: 'function', function: { name: 'f' } },
      { type: 'tool', name: 'f' },
    ],
    [
      { type: 'custom', custom: { name: 'f' } },
      { type: 'tool', name: 'f' },
    ],
  ])('[22] reads tool_choice %j', (tool_choice, wanted) => {
    expect(decode({ messages: [hi], tool_choice }).toolChoice).toEqual(wanted);
  });

  it('keeps tools that are no functions in their own words', () => {
    const tool = { type: 'custom', custom: { name: 'shell' } };
    expect(decode({ messages: [hi], tools: [tool] }).tools).toEqual([
      { name: 'shell', native: { format: 'openai-chat', value: tool } },
    ]);
  });

  const faultCases: readonly (readonly [body: JsonObject, fault: string])[] = [
    [{}, 'messages must be a non-empty array'],
    [{ messages: [] }, 'messages must be a non-empty array'],
    [
      { input: 'hi' },
      'messages must be a non-empty array; the body has input, which is the shape of /v1/responses',
    ],
    [
      { messages: [{ role: 'user', content: 7 }] },
      'messages[0].content must be a string or an array of parts, found number',
    ],
    [
      { messages: [{ role: 'user' }] },
      'messages[0].content must be a string or an array of parts, found nothing',
    ],
    [
      { messages: [{ role: 'wizard', content: 'x' }] },
      'messages[0].role must be system, developer, user, assistant, tool or function, found "wizard"',
    ],
    [
      { messages: [{ role: 'tool', content: 'x' }] },
      'messages[0].tool_call_id must be the id of the tool call that the message answers, found nothing',
    ],
    [{ messages: ['x'] }, 'messages[0] must be an object, found string'],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f' } }] }] },
      'messages[0].tool_calls[0].id must be a non-empty string, found nothing',
    ],
    [{ messages: [hi], temperature: 'hot' }, 'temperature must be a number, found string'],
    [{ messages: [hi], temperature: 3 }, 'temperature must be between 0 and 2, found 3'],
    [{ messages: [hi], max_tokens: 1.5 }, 'max_tokens must be an integer, found 1.5'],
    [{ messages: [hi], stream: 'yes' }, 'stream must be true or false, found string'],
    [{ messages: [hi], tools: [{ type: 'function' }] }, 'tools[0].function must be an object, found nothing'],
    [{ messages: [hi], stop: [1] }, 'stop must be a string or an array of strings, found array'],
  ];

  it.each(faultCases)('[102] refuses %j', (body, fault) => {
    expect(faultsOf(body)).toContain(fault);
  });

  it('[102] names every fault and the first member at fault', () => {
    const json: JsonObject = { messages: [], model: 7, n: 0 };
    try {
      decode(json);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      if (!(error instanceof GatewayError)) return;
      expect(error.code).toBe('invalid_request');
      expect(error.param).toBe('messages');
      expect(error.details).toHaveLength(3);
      expect(error.message).toContain('model must be a string, found number');
    }
  });
});

import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';
import { decodeRequest } from './decode-request.js';

function decode(members: JsonObject | string): ChatRequest {
  const text =
    typeof members === 'string'
      ? members
      : JSON.stringify({ max_tokens: 10, messages: [{ role: 'user', content: 'hi' }], ...members });
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('no object');
  return decodeRequest({ format: 'anthropic-messages', text, json });
}

function faultsOf(members: JsonObject | string): readonly string[] {
  try {
    decode(members);
  } catch (error) {
    if (error instanceof GatewayError) {
      expect(error.code).toBe('invalid_request');
      expect(error.message).toBe(error.details?.join('; '));
      return error.details ?? [];
    }
    throw error;
  }
  return [];
}

describe("Anthropic's requests from callers", () => {
  it('[6] read the system prompt, string or blocks, and system messages', () => {
    const marker = { type: 'ephemeral' };
    const request = decode({
      system: [
        { type: 'text', text: 'A' },
        { type: 'text', text: 'B', cache_control: marker },
      ],
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'system', content: 'C' },
      ],
    });
    expect(request.messages).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'A' },
          { type: 'text', text: 'B', cacheControl: marker },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      { role: 'system', content: [{ type: 'text', text: 'C' }] },
    ]);
    expect(decode({ system: 'A' }).messages[0]).toEqual({
      role: 'system',
      content: [{ type: 'text', text: 'A' }],
    });
  });

  it('[16] [17] [30] put tool results before what else their turn says, in order', () => {
    const request = decode({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'tool_result', tool_use_id: 'a', content: 'one', is_error: true },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
            { type: 'tool_result', tool_use_id: 'b', content: [{ type: 'text', text: 'two' }] },
            { type: 'tool_result', tool_use_id: 'c' },
          ],
        },
      ],
    });
    expect(request.messages).toEqual([
      { role: 'tool', toolCallId: 'a', content: [{ type: 'text', text: 'one' }], isError: true },
      { role: 'tool', toolCallId: 'b', content: [{ type: 'text', text: 'two' }] },
      { role: 'tool', toolCallId: 'c', content: [] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA' } },
        ],
      },
    ]);
  });

  it('[26] [103] keep assistant turns in order, numbers and signatures intact', () => {
    const request = decode(
      '{"max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"thinking","thinking":"u","signature":"sluice-unsigned"},{"type":"text","text":"x"},{"type":"tool_use","id":"i","name":"f","input":{"z":12345678901234567890,"a":"\\u00fc"}},{"type":"server_tool_use","id":"s"}]}]}',
    );
    expect(request.messages).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 't', signature: 's' },
          { type: 'redacted-reasoning', data: 'd' },
          { type: 'reasoning', text: 'u' },
          { type: 'text', text: 'x' },
          { type: 'tool-call', id: 'i', name: 'f', arguments: '{"z":12345678901234567890,"a":"ü"}' },
          { type: 'opaque', format: 'anthropic-messages', value: { type: 'server_tool_use', id: 's' } },
        ],
      },
    ]);
  });

  it.each([
    [
      { type: 'url', url: 'https://x/a.pdf' },
      { kind: 'url', url: 'https://x/a.pdf' },
    ],
    [
      { type: 'text', media_type: 'text/plain', data: 'abc' },
      { kind: 'text', mediaType: 'text/plain', text: 'abc' },
    ],
    [
      { type: 'file', file_id: 'file_1' },
      { kind: 'file', fileId: 'file_1' },
    ],
    [
      {
        type: 'content',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { kind: 'text', mediaType: 'text/plain', text: 'a\nb' },
    ],
  ])('[39] read documents: %j', (source, expected) => {
    const request = decode({
      messages: [{ role: 'user', content: [{ type: 'document', source, title: 't' }] }],
    });
    expect(request.messages[0]?.content[0]).toEqual({ type: 'document', source: expected, filename: 't' });
  });

  it('read search results as documents', () => {
    const block = {
      type: 'search_result',
      source: 'https://x',
      title: 'T',
      content: [{ type: 'text', text: 'body' }],
    };
    expect(decode({ messages: [{ role: 'user', content: [block] }] }).messages[0]?.content[0]).toEqual({
      type: 'document',
      source: { kind: 'text', mediaType: 'text/plain', text: 'body' },
      filename: 'T',
    });
  });

  it('[32] read tools, those of Anthropic itself in its own words', () => {
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 };
    expect(
      decode({
        tools: [{ name: 'f', input_schema: { type: 'object' }, strict: true, description: 'd' }, search],
      }).tools,
    ).toEqual([
      { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
      { name: 'web_search', native: { format: 'anthropic-messages', value: search } },
    ]);
  });

  it.each([
    [{ type: 'auto' }, { type: 'auto' }, undefined],
    [{ type: 'any', disable_parallel_tool_use: true }, { type: 'required' }, false],
    [{ type: 'tool', name: 'f', disable_parallel_tool_use: false }, { type: 'tool', name: 'f' }, true],
    [{ type: 'none' }, { type: 'none' }, undefined],
  ])('[22] [24] read the tool choice %j', (choice, toolChoice, parallelToolCalls) => {
    const request = decode({ tool_choice: choice });
    expect(request.toolChoice).toEqual(toolChoice);
    expect(request.parallelToolCalls).toBe(parallelToolCalls);
  });

  it('read every parameter and keep the rest as extensions', () => {
    const schema = { type: 'object' };
    const request = decode({
      model: 'm',
      models: ['a', 'b'],
      provider: 'anthropic',
      stream: true,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 4,
      stop_sequences: ['x'],
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high', format: { type: 'json_schema', schema } },
      metadata: { user_id: 'u', other: 1 },
      service_tier: 'standard_only',
      container: 'c',
    });
    expect(request).toMatchObject({
      model: 'm',
      fallbackModels: ['a', 'b'],
      provider: 'anthropic',
      stream: true,
      includeUsage: true,
      sampling: { maxTokens: 10, temperature: 0.5, topP: 0.9, topK: 4, stop: ['x'] },
      reasoning: { mode: 'adaptive', effort: 'high', summary: 'summarized' },
      responseFormat: { type: 'json-schema', schema, strict: true },
      user: 'u',
      metadata: { other: 1 },
      serviceTier: 'default',
      extensions: { container: 'c' },
    });
    expect(decode({}).extensions).toBeUndefined();
    expect(decode({ thinking: { type: 'enabled', budget_tokens: 2000 } }).reasoning).toMatchObject({
      mode: 'enabled',
      budgetTokens: 2000,
    });
  });

  it.each([
    ['{}', ['messages must be a non-empty array', 'max_tokens is required']],
    [{ messages: [] }, ['messages must be a non-empty array']],
    [{ messages: [3] }, ['messages[0] must be an object, found number']],
    [
      { messages: [{ role: 'tool', content: 'x' }] },
      ['messages[0].role must be user, assistant or system, found "tool"'],
    ],
    [
      { messages: [{ role: 'user', content: 3 }] },
      ['messages[0].content must be a string or an array of content blocks, found number'],
    ],
    [
      { messages: [{ role: 'user' }] },
      ['messages[0].content must be a string or an array of content blocks, found nothing'],
    ],
    [
      { messages: [{ role: 'user', content: ['a', { type: 'text' }] }] },
      [
        'messages[0].content[0] must be a content block, found string',
        'messages[0].content[1].text must be a string, found nothing',
      ],
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] },
      ['messages[0].content[0].tool_use_id must be a non-empty string, found nothing'],
    ],
    [
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: '', input: 'x' }] }] },
      [
        'messages[0].content[0].input must be an object, found string',
        'messages[0].content[0].name must be a non-empty string, found an empty one',
      ],
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: 'x' }] }] },
      ['messages[0].content[0].source must be an object, found string'],
    ],
    [{ system: [{ type: 'image' }] }, ['system[0].type must be text: a system prompt holds nothing else']],
    [
      { max_tokens: 1.5, temperature: 3, stream: 'yes', top_k: '1' },
      [
        'stream must be a boolean, found string',
        'max_tokens must be an integer, found 1.5',
        'temperature must be between 0 and 1, found 3',
        'top_k must be an integer, found string',
      ],
    ],
    [{ stop_sequences: ['a', 1] }, ['stop_sequences must be an array of strings, found array']],
    [
      { tools: [{ name: 'f' }, 3] },
      ['tools[0].input_schema must be an object, found nothing', 'tools[1] must be an object, found number'],
    ],
    [{ tool_choice: 'auto' }, ['tool_choice must be an object, found string']],
    [{ thinking: { type: 'enabled' } }, ['thinking.budget_tokens is required when thinking.type is enabled']],
    [{ model: 3 }, ['model must be a string, found number']],
  ] as readonly (readonly [JsonObject | string, readonly string[]])[])(
    '[102] with every fault named: %j',
    (members, expected) => {
      expect(faultsOf(members)).toEqual(expected);
    },
  );
});

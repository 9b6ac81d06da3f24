import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { EncodedRequest, TargetTraits } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { decodeRequest as decodeAnthropic } from '../anthropic-messages/decode-request.js';
import { parseJson } from '../json/parse-json.js';
import { readString } from '../json/read-json.js';
import { decodeRequest as decodeChat } from '../openai-chat/decode-request.js';
import { decodeRequest as decodeResponses } from './decode-request.js';
import { encodeRequest } from './encode-request.js';

const DECODERS = {
  'openai-chat': decodeChat,
  'anthropic-messages': decodeAnthropic,
  'openai-responses': decodeResponses,
};

function decodeText(format: keyof typeof DECODERS, text: string): ChatRequest {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('no object');
  return DECODERS[format]({ format: format satisfies WireFormatName, text, json });
}

function encode(
  format: keyof typeof DECODERS,
  body: JsonObject,
  traits: TargetTraits = {},
): EncodedRequest & { readonly json: JsonObject } {
  const encoded = encodeRequest(decodeText(format, JSON.stringify(body)), { model: 'target', traits });
  return { ...encoded, json: JSON.parse(encoded.body) as JsonObject };
}

const ask: JsonObject[] = [{ role: 'user', content: 'q' }];

describe('a chat request for a Responses vendor', () => {
  it('is written whole', () => {
    const { json, dropped } = encode('openai-chat', {
      model: 'm',
      stream: true,
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 's' },
        { role: 'developer', content: 'd' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'https://a/b.png', detail: 'high' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
            { type: 'file', file: { file_id: 'file-1' } },
            { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
          ],
        },
        {
          role: 'assistant',
          content: 'calling',
          reasoning_content: 'hm',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":12345678901234567890}' } },
            { id: 'c2', type: 'custom', custom: { name: 'g', input: 'free' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: '1' },
        { role: 'tool', tool_call_id: 'c2', content: '2' },
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'user', content: 'why', name: 'bob' },
      ],
      tools: [
        { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' } } },
        { type: 'function', function: { name: 'h', strict: true } },
        {
          type: 'custom',
          custom: { name: 'g', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      max_completion_tokens: 99,
      temperature: 0.5,
      top_p: 0.9,
      logprobs: true,
      top_logprobs: 3,
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { a: 1 }, strict: true } },
      verbosity: 'low',
      reasoning_effort: 'low',
      service_tier: 'flex',
      user: 'u',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      store: false,
    });
    expect(json).toEqual({
      model: 'target',
      stream: true,
      store: false,
      input: [
        { role: 'system', content: 's' },
        { role: 'system', content: 'd' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'look' },
            { type: 'input_image', image_url: 'https://a/b.png', detail: 'high' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
            { type: 'input_file', file_id: 'file-1' },
            { type: 'input_audio', input_audio: { data: 'BBBB', format: 'mp3' } },
          ],
        },
        { role: 'assistant', content: 'calling' },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":12345678901234567890}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'free' },
        { type: 'function_call_output', call_id: 'c1', output: '1' },
        { type: 'custom_tool_call_output', call_id: 'c2', output: '2' },
        { role: 'assistant', content: 'No.' },
        { role: 'user', content: 'why' },
      ],
      tools: [
        { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: false },
        { type: 'function', name: 'h', parameters: { type: 'object', properties: {} }, strict: true },
        { type: 'custom', name: 'g', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
      ],
      tool_choice: { type: 'function', name: 'f' },
      parallel_tool_calls: false,
      max_output_tokens: 99,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 3,
      include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
      text: { format: { type: 'json_schema', name: 'n', schema: { a: 1 }, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low' },
      service_tier: 'flex',
      user: 'u',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
    });
    expect(dropped).toEqual(['messages.name']);
  });

  it('[45] [47] [54] reports what it cannot say, and writes no nulls', () => {
    const { json, dropped, body } = encode('openai-chat', {
      messages: ask,
      stop: 'x',
      seed: 1,
      top_k: 2,
      frequency_penalty: 1,
      presence_penalty: 0,
      logit_bias: { a: 1 },
      n: 1,
      store: true,
      modalities: ['text'],
      unknown: 1,
    });
    expect([...dropped].sort()).toEqual([
      'frequency_penalty',
      'logit_bias',
      'seed',
      'stop',
      'store',
      'top_k',
      'unknown',
    ]);
    expect(json).toEqual({ model: 'target', store: false, input: ask });
    expect(body).not.toContain('null');
  });

  it.each([
    ['[47] several answers', { n: 2 }, 'n'],
    ['a spoken answer', { modalities: ['text', 'audio'] }, 'modalities'],
  ] as readonly (readonly [string, JsonObject, string])[])('refuses %s', (_name, members, param) => {
    expect(() => encode('openai-chat', { messages: ask, ...members })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param }) as Error,
    );
  });

  it('[29] refuses orphaned results', () => {
    expect(() =>
      encode('openai-chat', { messages: [...ask, { role: 'tool', tool_call_id: 'c', content: 'x' }] }),
    ).toThrow(/answers no tool call/);
  });

  it('[27] [28] shortens names and ids, and tells how to turn names back', () => {
    const name = `a.${'b'.repeat(70)}`;
    const id = 'c'.repeat(80);
    const { json, decoding } = encode('openai-chat', {
      messages: [
        ...ask,
        { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name, arguments: '' } }] },
        { role: 'tool', tool_call_id: id, content: 'x' },
      ],
      tools: [{ type: 'function', function: { name } }],
      tool_choice: { type: 'function', function: { name } },
    });
    const [, call, result] = json['input'] as JsonObject[];
    const sent = (json['tools'] as JsonObject[])[0]?.['name'];
    expect(sent).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(call).toMatchObject({ name: sent, arguments: '{}' });
    expect((json['tool_choice'] as JsonObject)['name']).toBe(sent);
    expect(result?.['call_id']).toBe(call?.['call_id']);
    expect(readString(call?.['call_id']).length).toBeLessThanOrEqual(64);
    expect(decoding?.toolNames?.get(readString(sent))).toBe(name);
  });

  it('[103] [105] sends encrypted reasoning back and leaves the rest out, unless the vendor wants text', () => {
    const messages: JsonObject[] = [
      ...ask,
      {
        role: 'assistant',
        content: 'a',
        thinking_blocks: [
          { type: 'encrypted_reasoning', id: 'rs_1', thinking: 'hm', encrypted_content: 'E' },
          { type: 'thinking', thinking: 'signed', signature: 'S' },
        ],
      },
      ...ask,
    ];
    const encrypted = {
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'hm' }],
      encrypted_content: 'E',
    };
    const reasoningOf = (json: JsonObject): JsonObject[] =>
      (json['input'] as JsonObject[]).filter((item) => item['type'] === 'reasoning');
    expect(reasoningOf(encode('openai-chat', { messages }).json)).toEqual([encrypted]);
    expect(
      reasoningOf(encode('openai-chat', { messages }, { reasoningField: 'reasoning_content' }).json),
    ).toEqual([
      encrypted,
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'signed' }] },
    ]);
  });

  it("[104] keeps the proofs of Gemini's thinking to itself", () => {
    const { json } = encode('openai-chat', {
      messages: [
        ...ask,
        {
          role: 'assistant',
          content: 'a',
          thinking_blocks: [
            { type: 'encrypted_reasoning', id: 'rs_1', thinking: 'hm', encrypted_content: 'gemini:AA==' },
          ],
        },
        ...ask,
      ],
    });
    expect(JSON.stringify(json)).not.toContain('gemini:');
    expect((json['input'] as JsonObject[]).map((item) => item['type'])).not.toContain('reasoning');
  });

  it('refuses parts that it has no words for, and tells those of results as text', () => {
    const video = { type: 'video_url', video_url: { url: 'https://a/b.mp4' } };
    expect(() => encode('openai-chat', { messages: [...ask, { role: 'user', content: [video] }] })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'messages[1].content' }),
    );
    const found = { type: 'tool_reference', tool_name: 'a' };
    const { json } = encode('anthropic-messages', {
      max_tokens: 5,
      messages: [
        ...ask,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: [found] }] },
      ],
    });
    expect((json['input'] as JsonObject[]).at(-1)).toEqual({
      type: 'function_call_output',
      call_id: 'c',
      output: JSON.stringify(found),
    });
  });

  it('[51] asks a target without schemas in words, and drops what the target refuses', () => {
    const { json, dropped } = encode(
      'openai-chat',
      {
        messages: [{ role: 'developer', content: 'd' }, ...ask],
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { a: 1 } } },
        max_tokens: 5,
        reasoning_effort: 'low',
      },
      {
        jsonSchema: false,
        developerRole: true,
        unsupported: ['max_output_tokens', 'include', 'reasoning', 'top_p', 'store'],
      },
    );
    expect(json['text']).toEqual({ format: { type: 'json_object' } });
    expect(json['input']).toEqual([
      { role: 'system', content: expect.stringContaining('{"a":1}') as string },
      { role: 'developer', content: 'd' },
      ...ask,
    ]);
    expect(Object.keys(json)).toEqual(['model', 'input', 'text']);
    expect(dropped).toEqual(['max_tokens', 'reasoning_effort']);
  });

  it('turns a list of allowed tools around', () => {
    const { json, dropped } = encode('openai-chat', {
      messages: ask,
      tools: [{ type: 'function', function: { name: 'f' } }],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
    });
    expect(json['tool_choice']).toEqual({
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'f' }],
    });
    expect(dropped).toEqual([]);
  });
});

describe('an Anthropic request for a Responses vendor', () => {
  it('[16] [17] [30] is written whole', () => {
    const { json, dropped } = encode('anthropic-messages', {
      model: 'm',
      max_tokens: 50,
      system: 'be brief',
      messages: [
        ...ask,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 'S' },
            { type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } },
            { type: 'tool_use', id: 't2', name: 'f', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't1',
              content: [
                { type: 'text', text: 'r' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
              ],
            },
            { type: 'tool_result', tool_use_id: 't2', is_error: true },
            { type: 'text', text: 'go on' },
          ],
        },
      ],
      tools: [
        { name: 'f', input_schema: { type: 'object' } },
        { type: 'bash_20250124', name: 'bash' },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      stop_sequences: ['x'],
      metadata: { user_id: 'u' },
    });
    expect(json).toMatchObject({
      model: 'target',
      store: false,
      max_output_tokens: 50,
      user: 'u',
      tool_choice: 'required',
      parallel_tool_calls: false,
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }],
      input: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'q' },
        { type: 'function_call', call_id: 't1', name: 'f', arguments: '{"a":1}' },
        { type: 'function_call', call_id: 't2', name: 'f', arguments: '{}' },
        {
          type: 'function_call_output',
          call_id: 't1',
          output: [
            { type: 'input_text', text: 'r' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
          ],
        },
        { type: 'function_call_output', call_id: 't2', output: 'The tool failed.' },
        { role: 'user', content: 'go on' },
      ],
    });
    expect(json['metadata']).toBeUndefined();
    expect([...dropped].sort()).toEqual(['stop_sequences', 'tools.bash']);
  });

  it('[49] turns a budget into an effort', () => {
    const { json } = encode('anthropic-messages', {
      model: 'm',
      max_tokens: 9000,
      messages: ask,
      thinking: { type: 'enabled', budget_tokens: 6000 },
    });
    expect(json['reasoning']).toEqual({ effort: 'medium' });
  });
});

describe('a Responses request for a vendor of the same format', () => {
  const forward = (text: string, traits: TargetTraits = {}): EncodedRequest =>
    encodeRequest(decodeText('openai-responses', text), { model: 'target', traits });

  it('goes on byte for byte, with model and store set and the members of the gateway removed', () => {
    const { body, dropped } = forward(
      '{ "model":"m", "provider":"openai","input" : [{"role":"user","content":"é\\u00e9"}],"new":12345678901234567890,"models":["a"],"include":["reasoning.encrypted_content"],"store":true }',
    );
    expect(body).toBe(
      '{ "model":"target","input" : [{"role":"user","content":"é\\u00e9"}],"new":12345678901234567890,"include":["reasoning.encrypted_content"],"store":false }',
    );
    expect(dropped).toEqual(['store']);
  });

  it('[104] loses reasoning that this vendor cannot read, and nothing else', () => {
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' };
    const kept = [
      { role: 'user', content: 'q' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'E' },
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] },
    ];
    const output = { type: 'function_call_output', call_id: 'c', output: 'x' };
    const { body, dropped } = forward(
      JSON.stringify({
        input: [
          ...kept,
          { type: 'reasoning', id: 'rs_2', summary: [{ type: 'summary_text', text: 'a' }] },
          { type: 'reasoning', id: 'rs_3', summary: [], encrypted_content: 'sluice-signature:S' },
          { type: 'reasoning', id: 'rs_4', summary: [], encrypted_content: 'gemini:AA==' },
          { ...call, extra_content: { google: { thought_signature: 'T' } } },
          output,
        ],
      }),
    );
    expect((JSON.parse(body) as JsonObject)['input']).toEqual([...kept, call, output]);
    expect(dropped).toEqual(['input.reasoning']);
  });

  it('[51] leaves out what the target refuses, and asks for a schema in words', () => {
    const { body, dropped } = forward(
      JSON.stringify({
        input: 'q',
        text: { verbosity: 'low', format: { type: 'json_schema', name: 'n', schema: { a: 1 } } },
        truncation: 'auto',
      }),
      { jsonSchema: false, unsupported: ['truncation', 'store', 'user'] },
    );
    expect(JSON.parse(body)).toEqual({
      model: 'target',
      input: [
        { role: 'system', content: expect.stringContaining('{"a":1}') as string },
        { role: 'user', content: 'q' },
      ],
      text: { verbosity: 'low', format: { type: 'json_object' } },
    });
    expect(dropped).toEqual(['truncation']);
  });
});

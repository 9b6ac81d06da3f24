import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import type { ChatMessage } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { EncodedRequest, TargetTraits } from '../../contract/wire-format.js';
import { parseJson } from '../json/parse-json.js';
import { decodeRequest as decodeAnthropic } from '../anthropic-messages/decode-request.js';
import { decodeRequest as decodeResponses } from '../openai-responses/decode-request.js';
import { decodeRequest } from './decode-request.js';
import { encodeRequest } from './encode-request.js';

function forward(text: string, traits: TargetTraits = { developerRole: true }): EncodedRequest {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('not an object');
  return encodeRequest(decodeRequest({ format: 'openai-chat', text, json }), { model: 'm2', traits });
}

const hi: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'hi' }] };

function write(
  members: Partial<ChatRequest>,
  traits: TargetTraits = {},
): { body: JsonObject; encoded: EncodedRequest } {
  const request: ChatRequest = {
    original: { format: 'anthropic-messages', text: '{}', json: {} },
    model: 'm',
    stream: false,
    includeUsage: false,
    messages: [hi],
    sampling: {},
    ...members,
  };
  const encoded = encodeRequest(request, { model: 'm2', traits });
  return { body: JSON.parse(encoded.body) as JsonObject, encoded };
}

describe('encodeRequest of the same format', () => {
  it('[54] changes the model and nothing else', () => {
    const text =
      '{ "model":"m1", "messages":[{"role":"user","content":"hi"}],\n "seed": 12345678901234567890, "next_month": null }';
    expect(forward(text).body).toBe(text.replace('m1', 'm2'));
  });

  it('adds a model that the caller left out and takes routing members away', () => {
    expect(forward('{"messages":[{"role":"user","content":"hi"}],"provider":"p","models":["a"]}').body).toBe(
      '{"messages":[{"role":"user","content":"hi"}],"model":"m2"}',
    );
  });

  it('[56] always asks for usage on streams and keeps other stream options', () => {
    const text =
      '{"model":"m2","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"x":1}}';
    expect(JSON.parse(forward(text).body)).toMatchObject({ stream_options: { x: 1, include_usage: true } });
    expect(JSON.parse(forward(text, { streamUsage: false, developerRole: true }).body)).not.toHaveProperty(
      'stream_options',
    );
  });

  it('[44] renames the length limit', () => {
    const text = '{"model":"m2","messages":[{"role":"user","content":"hi"}],"max_tokens":5}';
    expect(JSON.parse(forward(text, { maxTokensField: 'max_completion_tokens' }).body)).toMatchObject({
      max_completion_tokens: 5,
    });
    expect(JSON.parse(forward(text, { maxTokensField: 'max_completion_tokens' }).body)).not.toHaveProperty(
      'max_tokens',
    );
    expect(forward(text, { maxTokensField: 'max_tokens' }).body).toBe(text);
  });

  it('[3] sends developer messages as system where the target does not know them', () => {
    const text =
      '{"model":"m2","messages":[{"role":"developer","content":"d"},{"role":"user","content":"hi"}]}';
    expect(forward(text).body).toBe(text);
    expect(JSON.parse(forward(text, {}).body)).toMatchObject({
      messages: [{ role: 'system', content: 'd' }, { role: 'user' }],
    });
  });

  it('removes what the target refuses and reports it', () => {
    const text =
      '{"model":"m2","messages":[{"role":"assistant","content":"a","reasoning_content":"r"}],"seed":1,"logit_bias":null}';
    const { body, dropped } = forward(text, {
      developerRole: true,
      unsupported: ['seed', 'logit_bias', 'n', 'messages[].reasoning_content'],
    });
    expect(JSON.parse(body)).toEqual({ model: 'm2', messages: [{ role: 'assistant', content: 'a' }] });
    expect([...dropped].sort()).toEqual(['messages[].reasoning_content', 'seed']);
  });

  it('[51] asks for a schema in words where the target has JSON mode only', () => {
    const text =
      '{"model":"m2","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}}';
    const body = JSON.parse(forward(text, { jsonSchema: false }).body) as JsonObject;
    expect(body['response_format']).toEqual({ type: 'json_object' });
    expect(body['messages']).toMatchObject([{ role: 'system' }, { role: 'user', content: 'hi' }]);
    expect(JSON.stringify(body['messages'])).toContain('{\\"type\\":\\"object\\"}');
  });

  it('[47] refuses several answers where the target gives one', () => {
    expect(() =>
      forward('{"messages":[{"role":"user","content":"hi"}],"n":2}', { multipleChoices: false }),
    ).toThrow(GatewayError);
  });
});

describe('encodeRequest from another format', () => {
  it('[6] joins a system prompt of several blocks', () => {
    const system: ChatMessage = {
      role: 'system',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    };
    expect(write({ messages: [system, hi] }).body['messages']).toEqual([
      { role: 'system', content: 'a\nb' },
      { role: 'user', content: 'hi' },
    ]);
  });

  it('[16][17][31] sends tool results first and their pictures with the user message behind', () => {
    const image = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'QUJD' },
    } as const;
    const { body } = write({
      messages: [
        hi,
        {
          role: 'assistant',
          content: [
            { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}' },
            { type: 'tool-call', id: 'b', name: 'f', arguments: '' },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'and now?' }] },
        {
          role: 'tool',
          toolCallId: 'a',
          content: [
            { type: 'text', text: 'r1' },
            { type: 'text', text: 'r2' },
          ],
        },
        { role: 'tool', toolCallId: 'b', content: [image], isError: true },
      ],
    });
    expect(body['messages']).toEqual([
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'r1\nr2' },
      { role: 'tool', tool_call_id: 'b', content: 'The result is attached to the next message.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached to the result of tool call b:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } },
          { type: 'text', text: 'and now?' },
        ],
      },
    ]);
  });

  it('[29] refuses orphaned tool results', () => {
    expect(() => write({ messages: [{ role: 'tool', toolCallId: 'x', content: [] }] })).toThrow(
      /answers no tool call/,
    );
  });

  it('[41] keeps pictures as parts and a single text as a string', () => {
    const content = [
      { type: 'text', text: 'see' },
      { type: 'image', source: { kind: 'url', url: 'https://e.com/a.png' } },
    ] as const;
    expect(write({ messages: [{ role: 'user', content }] }).body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: 'https://e.com/a.png' } },
        ],
      },
    ]);
  });

  it('[39] writes documents, and refuses those that it cannot', () => {
    const document = (source: object): ChatMessage => ({
      role: 'user',
      content: [{ type: 'document', source } as never],
    });
    expect(
      write({ messages: [document({ kind: 'base64', mediaType: 'application/pdf', data: 'QUJD' })] }).body[
        'messages'
      ],
    ).toMatchObject([
      {
        content: [
          { type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,QUJD' } },
        ],
      },
    ]);
    expect(() => write({ messages: [document({ kind: 'url', url: 'https://e.com/a.pdf' })] })).toThrow(
      /by URL/,
    );
    expect(() => write({ messages: [document({ kind: 'file', fileId: 'f' })] })).toThrow(/file store/);
  });

  it("refuses a user's part of another format's own, which would be missed", () => {
    const value = { type: 'search_result', title: 'a' };
    const part = { type: 'opaque' as const, format: 'anthropic-messages' as const, value };
    expect(() => write({ messages: [{ role: 'user', content: [part] }] })).toThrow(/of a type/);
  });

  it('[105] leaves reasoning of earlier turns out, or gives it back where the vendor wants it', () => {
    const messages: ChatMessage[] = [
      hi,
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'think', signature: 's' },
          { type: 'redacted-reasoning', data: 'd' },
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      hi,
    ];
    expect(write({ messages }).body['messages']).toMatchObject([
      {},
      { role: 'assistant', content: 'ab' },
      {},
    ]);
    expect(JSON.stringify(write({ messages }).body)).not.toContain('think');
    expect(write({ messages }, { reasoningField: 'reasoning_content' }).body['messages']).toMatchObject([
      {},
      { content: 'ab', reasoning_content: 'think' },
      {},
    ]);
  });

  it('[19][22][23][24] writes tools, and choices only beside tools', () => {
    const tools = [{ name: 'f' }];
    expect(
      write({ tools, toolChoice: { type: 'tool', name: 'f' }, parallelToolCalls: false }).body,
    ).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
    });
    expect(write({ toolChoice: { type: 'required' } }).body).not.toHaveProperty('tool_choice');
  });

  it('[28] shortens long tool names everywhere and says how to restore them', () => {
    const name = 'mcp__server__'.repeat(8);
    const { body, encoded } = write({
      tools: [{ name }],
      messages: [
        hi,
        { role: 'assistant', content: [{ type: 'tool-call', id: 'a', name, arguments: '{}' }] },
        { role: 'tool', toolCallId: 'a', content: [] },
      ],
    });
    const [sent] = [...(encoded.decoding?.toolNames?.keys() ?? [])];
    expect(sent?.length).toBeLessThanOrEqual(64);
    expect(encoded.decoding?.toolNames?.get(sent ?? '')).toBe(name);
    expect(JSON.stringify(body['messages'])).toContain(`"${sent ?? '?'}"`);
    expect(JSON.stringify(body)).not.toContain(name);
  });

  it('[32] leaves out tools that only another vendor runs, and reports them', () => {
    const native = {
      format: 'anthropic-messages',
      value: { type: 'web_search_20250305', name: 'web_search' },
    } as const;
    const { body, encoded } = write({ tools: [{ name: 'web_search', native }] });
    expect(body).not.toHaveProperty('tools');
    expect(encoded.dropped).toEqual(['tools.web_search']);
    expect(() =>
      write({ tools: [{ name: 'web_search', native }], toolChoice: { type: 'tool', name: 'web_search' } }),
    ).toThrow(GatewayError);
  });

  it('[31] names the place of what it refuses in the words of the caller', () => {
    const file = { type: 'document', source: { type: 'file', file_id: 'f' } };
    const turn = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x' }, file] };
    const use = { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] };
    const messages = [{ role: 'user', content: 'hi' }, use, turn];
    const json: JsonObject = { system: 's', max_tokens: 5, messages };
    const request = decodeAnthropic({ format: 'anthropic-messages', text: JSON.stringify(json), json });
    expect(() => encodeRequest(request, { model: 'm', traits: {} })).toThrow(
      expect.objectContaining({ param: 'messages[2].content' }),
    );
  });

  it("[21] leaves Responses' custom tools out, and says so, where the vendor knows none", () => {
    const json: JsonObject = { input: 'hi', tools: [{ type: 'custom', name: 'patch' }] };
    const request = decodeResponses({ format: 'openai-responses', text: JSON.stringify(json), json });
    const { body, dropped } = encodeRequest(request, { model: 'm', traits: {} });
    expect(JSON.parse(body)).not.toHaveProperty('tools');
    expect(dropped).toEqual(['tools.patch']);
  });

  it("[21] writes Responses' custom tools, calls and choices in this format's words", () => {
    const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' };
    const json: JsonObject = {
      input: [
        { role: 'user', content: 'hi' },
        { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: '*** Begin' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'done' },
      ],
      tools: [
        { type: 'custom', name: 'patch', description: 'd', format: grammar },
        { type: 'custom', name: 'say', format: { type: 'text' } },
        { type: 'custom', name: 'plain' },
      ],
      tool_choice: { type: 'custom', name: 'patch' },
    };
    const request = decodeResponses({ format: 'openai-responses', text: JSON.stringify(json), json });
    const { body, dropped } = encodeRequest(request, { model: 'm', traits: { customTools: true } });
    expect(JSON.parse(body)).toMatchObject({
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'patch', input: '*** Begin' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done' },
      ],
      tools: [
        {
          type: 'custom',
          custom: {
            name: 'patch',
            description: 'd',
            format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
          },
        },
        { type: 'custom', custom: { name: 'say', format: { type: 'text' } } },
        { type: 'custom', custom: { name: 'plain' } },
      ],
      tool_choice: { type: 'custom', custom: { name: 'patch' } },
    });
    expect(dropped).toEqual([]);
  });

  it.each([
    [{ budgetTokens: 12_000 }, 'high'],
    [{ budgetTokens: 5000 }, 'medium'],
    [{ budgetTokens: 2000 }, 'low'],
    [{ budgetTokens: 1024 }, 'minimal'],
    [{ effort: 'xhigh', budgetTokens: 1024 }, 'xhigh'],
    [{ mode: 'disabled' }, undefined],
  ])('[49] asks for the effort of %j', (reasoning, effort) => {
    expect(write({ reasoning }).body['reasoning_effort']).toBe(effort);
  });

  it('[44][45][47][54] writes the rest and reports what it drops', () => {
    const { body, encoded } = write(
      {
        sampling: { maxTokens: 9, temperature: 0.5, stop: ['x'], topK: 4 },
        user: 'u',
        metadata: { user_id: 'u' },
        serviceTier: 'standard_only',
        extensions: { context_management: {} },
        stream: true,
      },
      { maxTokensField: 'max_completion_tokens', unsupported: ['user'] },
    );
    expect(body).toEqual({
      model: 'm2',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 9,
      temperature: 0.5,
      stop: ['x'],
      service_tier: 'default',
    });
    expect([...encoded.dropped].sort()).toEqual(['context_management', 'top_k', 'user']);
    expect(encoded.body).not.toContain('null');
  });

  it('[51] writes a JSON Schema', () => {
    expect(
      write({ responseFormat: { type: 'json-schema', schema: { type: 'object' }, strict: true } }).body[
        'response_format'
      ],
    ).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
    });
  });
});

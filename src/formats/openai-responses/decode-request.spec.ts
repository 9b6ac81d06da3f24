import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';
import { decodeRequest } from './decode-request.js';

function decode(body: JsonObject): ChatRequest {
  const text = JSON.stringify(body);
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('no object');
  return decodeRequest({ format: 'openai-responses', text, json });
}

function faultsOf(body: JsonObject): readonly string[] {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof GatewayError) return error.details ?? [];
    throw error;
  }
  return [];
}

const text = (value: string) => ({ type: 'text', text: value });

describe('a Responses request', () => {
  it('is read member by member', () => {
    const tool = {
      type: 'function',
      name: 'f',
      description: 'd',
      parameters: { type: 'object' },
      strict: true,
    };
    const search = { type: 'web_search', filters: {} };
    const request = decode({
      model: 'm',
      provider: 'openai',
      models: ['a', 'b'],
      instructions: 'be brief',
      input: 'hi',
      tools: [tool, search, { type: 'custom', name: 'patch' }],
      tool_choice: { type: 'function', name: 'f' },
      parallel_tool_calls: false,
      max_output_tokens: 10,
      text: { format: { type: 'json_schema', name: 'n', schema: { a: 1 }, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low', summary: 'auto' },
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 2,
      metadata: { a: 'b' },
      user: 'u',
      service_tier: 'flex',
      store: true,
      truncation: 'disabled',
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      stream: true,
      stream_options: { include_obfuscation: false },
      previous_response_id: null,
      background: false,
      prompt_cache_key: 'k',
    });
    expect(request).toMatchObject({
      model: 'm',
      provider: 'openai',
      fallbackModels: ['a', 'b'],
      stream: true,
      includeUsage: true,
      messages: [
        { role: 'system', content: [text('be brief')] },
        { role: 'user', content: [text('hi')] },
      ],
      tools: [
        { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
        { name: 'web_search', native: { format: 'openai-responses', value: search } },
        { name: 'patch', native: { format: 'openai-responses' } },
      ],
      toolChoice: { type: 'tool', name: 'f' },
      parallelToolCalls: false,
      responseFormat: { type: 'json-schema', name: 'n', schema: { a: 1 }, strict: true },
      reasoning: { effort: 'low', summary: 'auto' },
      serviceTier: 'flex',
      user: 'u',
      metadata: { a: 'b' },
    });
    expect(request.sampling).toEqual({
      maxTokens: 10,
      temperature: 0.5,
      topP: 0.9,
      logprobs: true,
      topLogprobs: 2,
    });
    expect(request.extensions).toEqual({
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'k',
      verbosity: 'low',
    });
  });

  it('needs nothing but input', () => {
    const request = decode({ input: 'hi' });
    expect(request.model).toBeUndefined();
    expect(request.extensions).toBeUndefined();
    expect(request.sampling).toEqual({});
  });

  const items: readonly (readonly [string, readonly JsonObject[], readonly unknown[]])[] = [
    [
      '[1] [3] messages of every role, with or without a type',
      [
        { role: 'developer', content: 'a' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'b' }] },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'c', annotations: [] }],
        },
        { role: 'system', content: 'd' },
      ],
      [
        { role: 'developer', content: [text('a')] },
        { role: 'user', content: [text('b')] },
        { role: 'assistant', content: [text('c')] },
        { role: 'system', content: [text('d')] },
      ],
    ],
    [
      'images, files and sounds',
      [
        {
          role: 'user',
          content: [
            { type: 'input_image', image_url: 'https://a/b.png', detail: 'low' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
            { type: 'input_image', file_id: 'file-1' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' },
            { type: 'input_file', file_url: 'https://a/b.pdf' },
            { type: 'input_file', file_id: 'file-2' },
            { type: 'input_audio', input_audio: { data: 'CCCC', format: 'wav' } },
            { type: 'input_new', a: 1 },
          ],
        },
      ],
      [
        {
          role: 'user',
          content: [
            { type: 'image', source: { kind: 'url', url: 'https://a/b.png' }, detail: 'low' },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
            { type: 'image', source: { kind: 'file', fileId: 'file-1' } },
            {
              type: 'document',
              source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' },
              filename: 'a.pdf',
            },
            { type: 'document', source: { kind: 'url', url: 'https://a/b.pdf' } },
            { type: 'document', source: { kind: 'file', fileId: 'file-2' } },
            { type: 'audio', data: 'CCCC', encoding: 'wav' },
            { type: 'opaque', format: 'openai-responses', value: { type: 'input_new', a: 1 } },
          ],
        },
      ],
    ],
    [
      '[11] [103] what a model said in one turn is one message, its reasoning first',
      [
        { role: 'user', content: 'q' },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'a' },
            { type: 'summary_text', text: 'b' },
          ],
          encrypted_content: 'E',
        },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'let me see' }] },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":12345678901234567890}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'free' },
        { type: 'function_call_output', call_id: 'c1', output: '1' },
        {
          type: 'custom_tool_call_output',
          call_id: 'c2',
          output: [
            { type: 'input_text', text: '2' },
            { type: 'input_image', image_url: 'https://a/b.png' },
          ],
        },
      ],
      [
        { role: 'user', content: [text('q')] },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'a\n\nb', id: 'rs_1', encrypted: 'E' },
            text('let me see'),
            { type: 'tool-call', id: 'c1', name: 'f', arguments: '{"a":12345678901234567890}' },
            { type: 'tool-call', id: 'c2', name: 'g', arguments: 'free', custom: true },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: [text('1')] },
        {
          role: 'tool',
          toolCallId: 'c2',
          content: [text('2'), { type: 'image', source: { kind: 'url', url: 'https://a/b.png' } }],
        },
      ],
    ],
    [
      'two messages of a model stay two, unless a call waits',
      [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'b' }] },
        { type: 'function_call', call_id: 'c1', name: 'f', arguments: '' },
        { role: 'assistant', content: 'c' },
        { type: 'function_call_output', call_id: 'c1', output: '' },
      ],
      [
        { role: 'user', content: [text('q')] },
        { role: 'assistant', content: [text('a')] },
        {
          role: 'assistant',
          content: [
            { type: 'refusal', text: 'b' },
            { type: 'tool-call', id: 'c1', name: 'f', arguments: '' },
            text('c'),
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: [] },
      ],
    ],
    [
      '[103] [106] proofs of other vendors come back under their own names',
      [
        { role: 'user', content: 'q' },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'hm' }],
          encrypted_content: 'sluice-signature:SIG',
        },
        { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'sluice-redacted:RED' },
        {
          type: 'function_call',
          call_id: 'c1',
          name: 'f',
          arguments: '{}',
          extra_content: { google: { thought_signature: 'T' } },
        },
        { type: 'function_call_output', call_id: 'c1', output: 'x' },
      ],
      [
        { role: 'user', content: [text('q')] },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'hm', signature: 'SIG' },
            { type: 'redacted-reasoning', data: 'RED' },
            { type: 'tool-call', id: 'c1', name: 'f', arguments: '{}', signature: 'T' },
          ],
        },
        { role: 'tool', toolCallId: 'c1', content: [text('x')] },
      ],
    ],
    [
      'items of built-in tools are kept as they came',
      [
        { role: 'user', content: 'q' },
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        { type: 'computer_call_output', call_id: 'c', output: {} },
      ],
      [
        { role: 'user', content: [text('q')] },
        {
          role: 'assistant',
          content: [
            {
              type: 'opaque',
              format: 'openai-responses',
              value: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
            },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'opaque',
              format: 'openai-responses',
              value: { type: 'computer_call_output', call_id: 'c', output: {} },
            },
          ],
        },
      ],
    ],
  ];
  it.each(items)('%s', (_name, input, messages) => {
    expect(decode({ input: [...input] }).messages).toEqual(messages);
  });

  const faults: readonly (readonly [string, JsonObject, readonly string[]])[] = [
    ['no input', {}, ['input must be a non-empty string or array of items, found nothing']],
    [
      'empty input',
      { input: [] },
      ['input must be a non-empty string or array of items, found an empty array'],
    ],
    [
      "chat's messages",
      { messages: [] },
      [
        'input must be a non-empty string or array of items; the body has messages, which is the shape of /v1/chat/completions',
      ],
    ],
    [
      'everything that would have to be stored',
      {
        input: [{ type: 'item_reference', id: 'msg_1' }],
        previous_response_id: 'resp_1',
        conversation: 'conv_1',
        prompt: { id: 'p' },
        background: true,
      },
      [
        'previous_response_id must be absent, since nothing is stored here: send the earlier items in input',
        'conversation must be absent, since nothing is stored here: send the earlier items in input',
        "prompt must be absent, since nothing is stored here: send the template's text in instructions or input",
        'background must be false: an answer that is not stored cannot be fetched later',
        'input[0] is an item_reference, but nothing is stored here: send the item itself (SDKs do so with store: false)',
      ],
    ],
    [
      'items at fault',
      {
        input: [
          'a',
          { role: 'tool', content: 'x' },
          { role: 'user', content: 1 },
          {
            role: 'user',
            content: [{ type: 'input_text' }, { type: 'input_image' }, { type: 'input_file' }],
          },
          { type: 'function_call', name: '', arguments: {} },
          { type: 'function_call_output', call_id: 'c' },
          {},
        ],
      },
      [
        'input[0] must be an object, found string',
        'input[1].role must be user, assistant, system or developer, found "tool"',
        'input[2].content must be a string or an array of parts, found number',
        'input[3].content[0].text must be a string, found nothing',
        'input[3].content[1].image_url must be a URL or a data URI as a string, unless file_id is given, found nothing',
        'input[3].content[2].file_data must be a data URI or base64 as a string, unless file_url or file_id is given, found nothing',
        'input[4].arguments must be a string, found object',
        'input[4].call_id must be a non-empty string, found nothing',
        'input[4].name must be a non-empty string, found an empty one',
        'input[5].output must be a string or an array of parts, found nothing',
        'input[6].type must be a string, or role must be user, assistant, system or developer, found nothing',
      ],
    ],
    [
      'settings at fault',
      {
        input: 'a',
        model: 1,
        tools: [{ type: 'function', function: { name: 'f' } }, 1, {}],
        tool_choice: 'any',
        text: { format: { type: 'json_schema', json_schema: {} } },
        reasoning: { effort: 1 },
        temperature: 3,
        max_output_tokens: 0,
        include: [1],
        stream: 'yes',
      },
      [
        'model must be a string, found number',
        'stream must be true or false, found string',
        'include[0] must be a string, found number',
        'max_output_tokens must be at least 1, found 0',
        'temperature must be between 0 and 2, found 3',
        'tools[0].name must be a non-empty string, found nothing; a nested function object is the shape of /v1/chat/completions',
        'tools[1] must be an object, found number',
        'tools[2].type must be a string, found nothing',
        'tool_choice must be "auto", "none", "required" or an object that names a tool, found "any"',
        'text.format.schema must be a JSON Schema object, found nothing; a nested json_schema object is the shape of /v1/chat/completions',
        'reasoning.effort must be a string, found number',
      ],
    ],
    [
      'a format of the answer that nobody knows',
      { input: 'a', text: { format: { type: 'xml' } } },
      ['text.format.type must be "text", "json_object" or "json_schema", found "xml"'],
    ],
  ];
  it.each(faults)('[102] names every fault: %s', (_name, body, expected) => {
    expect([...faultsOf(body)].sort()).toEqual([...expected].sort());
  });

  it.each([
    ['auto', { type: 'auto' }],
    [
      { type: 'custom', name: 'patch' },
      { type: 'tool', name: 'patch' },
    ],
    [{ type: 'web_search' }, { type: 'tool', name: 'web_search' }],
    [
      { type: 'mcp', server_label: 's' },
      { type: 'tool', name: 's' },
    ],
    [{ type: 'allowed_tools', mode: 'required', tools: [] }, { type: 'required' }],
  ])('[22] reads the tool choice %j', (choice, expected) => {
    const request = decode({ input: 'a', tool_choice: choice });
    expect(request.toolChoice).toEqual(expected);
    expect(request.extensions?.['tool_choice'] !== undefined).toBe(
      typeof choice === 'object' && choice.type === 'allowed_tools',
    );
  });
});

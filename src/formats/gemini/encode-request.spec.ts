import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import type { ChatMessage, ContentPart } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_CHAT_INBOUND } from '../openai-chat/openai-chat.format.js';
import { readString } from '../json/read-json.js';
import { toSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { GEMINI_OUTBOUND } from './gemini.format.js';

function decode(body: JsonObject): ChatRequest {
  return OPENAI_CHAT_INBOUND.decodeRequest({ format: 'openai-chat', text: JSON.stringify(body), json: body });
}

function encodeCanonical(request: ChatRequest, traits: TargetTraits = {}) {
  const encoded = GEMINI_OUTBOUND.encodeRequest(request, { model: 'gemini-3.8-flash', traits });
  return { ...encoded, json: JSON.parse(encoded.body) as JsonObject };
}

const encode = (body: JsonObject, traits: TargetTraits = {}) => encodeCanonical(decode(body), traits);
const hi: JsonObject = { messages: [{ role: 'user', content: 'hi' }] };

function withUser(...content: ContentPart[]): ChatRequest {
  return { ...decode(hi), messages: [{ role: 'user', content }] };
}

const weather = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

describe('a request for Gemini', () => {
  it('holds nothing but the conversation where the caller said nothing else', () => {
    expect(encode(hi)).toMatchObject({
      body: '{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}',
      dropped: [],
    });
  });

  it('gathers system prompts, merges turns of one role and leaves out empty text', () => {
    const { json } = encode({
      messages: [
        { role: 'system', content: 'one' },
        { role: 'user', content: 'a' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'developer', content: 'two' },
        { role: 'assistant', content: 'c' },
        { role: 'user', content: 'd' },
      ],
    });
    expect(json).toEqual({
      systemInstruction: { parts: [{ text: 'one' }, { text: 'two' }] },
      contents: [
        { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
        { role: 'model', parts: [{ text: 'c' }] },
        { role: 'user', parts: [{ text: 'd' }] },
      ],
    });
  });

  it('is refused without a user message', () => {
    expect(() => encode({ messages: [{ role: 'system', content: 'x' }] })).toThrow(
      'at least one user message',
    );
  });

  it('answers calls by name and id, results first, objects as they are', () => {
    const call = (id: string, name: string, text: string): JsonObject => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    });
    const { json } = encode(
      {
        messages: [
          { role: 'user', content: 'go' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [
              call('c1', 'f', '{"n":12345678901234567890}'),
              call('c2', 'g', ''),
              call('c3', 'h', 'null'),
            ],
          },
          { role: 'tool', tool_call_id: 'c2', content: '{"ok":true}' },
          { role: 'tool', tool_call_id: 'c1', content: '40 C' },
          { role: 'tool', tool_call_id: 'c3', content: '[1]' },
          { role: 'user', content: 'and?' },
        ],
      },
      { thinking: 'budget' },
    );
    expect(json['contents']).toMatchObject([
      {},
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'c1', name: 'f' } },
          { functionCall: { id: 'c2', name: 'g', args: {} } },
          { functionCall: { id: 'c3', name: 'h', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c2', name: 'g', response: { ok: true } } },
          { functionResponse: { id: 'c1', name: 'f', response: { result: '40 C' } } },
          { functionResponse: { id: 'c3', name: 'h', response: { result: '[1]' } } },
          { text: 'and?' },
        ],
      },
    ]);
    expect(JSON.stringify(json)).not.toContain('thoughtSignature');
  });

  it('keeps large numbers in arguments', () => {
    const { body } = encode({
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          tool_calls: [
            { id: 'c', type: 'function', function: { name: 'f', arguments: '{"n":12345678901234567890}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c', content: 'x' },
      ],
    });
    expect(body).toContain('"args":{"n":12345678901234567890}');
  });

  it('gives a signature back that travelled in an id, and sends the plain id', () => {
    const id = toSignedToolCallId('8hd01vsf', 'EsIN+/8=');
    const { json } = encode({
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: id, content: 'x' },
      ],
    });
    expect(json['contents']).toMatchObject([
      {},
      { parts: [{ functionCall: { id: '8hd01vsf', name: 'f' }, thoughtSignature: 'EsIN+/8=' }] },
      { parts: [{ functionResponse: { id: '8hd01vsf', name: 'f' } }] },
    ]);
  });

  it.each([
    [
      'extra_content of Google',
      { thinking: 'adaptive' },
      { extra_content: { google: { thought_signature: 'AA==' } } },
      'AA==',
    ],
    ['none, for Gemini 3', { thinking: 'adaptive' }, {}, 'skip_thought_signature_validator'],
    ['none, for earlier models', { thinking: 'budget' }, {}, undefined],
  ] as const)('takes the signature from: %s', (_name, traits, extra, expected) => {
    const call = (id: string): JsonObject => ({
      id,
      type: 'function',
      function: { name: 'f', arguments: '{}' },
    });
    const { json } = encode(
      {
        messages: [
          { role: 'user', content: 'go' },
          { role: 'assistant', tool_calls: [{ ...call('a'), ...extra }, call('b')] },
          { role: 'tool', tool_call_id: 'a', content: 'x' },
          { role: 'tool', tool_call_id: 'b', content: 'x' },
        ],
      },
      traits,
    );
    const parts = (json['contents'] as { parts: JsonObject[] }[])[1]?.parts;
    expect(parts?.map((part) => part['thoughtSignature'])).toEqual([expected, undefined]);
  });

  it('takes back the signature of a text, and no signature of another vendor', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: [{ type: 'text', text: 'a' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm', encrypted: 'gemini:AA==' },
          { type: 'text', text: 'b' },
          { type: 'text', text: 'c' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'd' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm', signature: 'anthropic' },
          { type: 'redacted-reasoning', data: 'x' },
          { type: 'text', text: 'e' },
        ],
      },
    ];
    const { json } = encodeCanonical({ ...decode(hi), messages });
    expect(json['contents']).toMatchObject([
      {},
      { parts: [{ text: 'b', thoughtSignature: 'AA==' }, { text: 'c' }] },
      {},
      { parts: [{ text: 'e' }] },
    ]);
    expect(JSON.stringify(json)).not.toContain('anthropic');
  });

  it('writes media inline or by address', () => {
    const { json } = encodeCanonical(
      withUser(
        { type: 'image', source: { kind: 'base64', mediaType: 'image/JPG', data: 'AAAA' } },
        { type: 'image', source: { kind: 'url', url: 'https://x.example/a.PNG?size=1' } },
        { type: 'document', source: { kind: 'url', url: 'https://x.example/doc' } },
        { type: 'document', source: { kind: 'text', mediaType: 'text/plain', text: 'words' } },
        { type: 'audio', data: 'BBBB', encoding: 'wav' },
      ),
    );
    expect(json['contents']).toEqual([
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } },
          { fileData: { mimeType: 'image/png', fileUri: 'https://x.example/a.PNG?size=1' } },
          { fileData: { fileUri: 'https://x.example/doc' } },
          { text: 'words' },
          { inlineData: { mimeType: 'audio/wav', data: 'BBBB' } },
        ],
      },
    ]);
  });

  it.each<[string, ContentPart]>([
    ['has an address with http:', { type: 'image', source: { kind: 'url', url: 'http://x.example/a.png' } }],
    ["names a file in another vendor's store", { type: 'document', source: { kind: 'file', fileId: 'f' } }],
  ])('refuses a part that %s', (words, part) => {
    expect(() => encodeCanonical(withUser(part))).toThrow(`messages[0].content[0] ${words}`);
  });

  it.each([
    ['inside the response for Gemini 3', 'adaptive'],
    ['beside it for earlier models', 'budget'],
  ] as const)('puts pictures of a result %s', (_name, thinking) => {
    const image: ContentPart = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
    };
    const messages: ChatMessage[] = [
      { role: 'user', content: [{ type: 'text', text: 'a' }] },
      { role: 'assistant', content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }] },
      { role: 'tool', toolCallId: 'c', content: [{ type: 'text', text: 'no' }, image], isError: true },
    ];
    const { json } = encodeCanonical({ ...decode(hi), messages }, { thinking });
    const parts = (json['contents'] as { parts: JsonObject[] }[])[2]?.parts ?? [];
    const inline = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const response = { id: 'c', name: 'f', response: { error: 'no' } };
    expect(parts).toEqual(
      thinking === 'adaptive'
        ? [{ functionResponse: { ...response, parts: [inline] } }]
        : [{ functionResponse: response }, inline],
    );
  });

  it('declares functions with their JSON Schema', () => {
    const { json, dropped, decoding } = encode({
      ...hi,
      tools: [
        {
          type: 'function',
          function: {
            name: 'a.b',
            description: 'does',
            strict: true,
            parameters: {
              $schema: 'x',
              properties: { a: { $ref: '#/$defs/A' } },
              $defs: { A: { type: 'string' } },
            },
          },
        },
        {
          type: 'function',
          function: {
            name: 'none',
            parameters: { type: 'object', properties: {}, additionalProperties: false },
          },
        },
      ],
      parallel_tool_calls: false,
    });
    const [declared] = json['tools'] as { functionDeclarations: JsonObject[] }[];
    const [first, second] = declared?.functionDeclarations ?? [];
    expect(first).toMatchObject({
      description: 'does',
      parametersJsonSchema: {
        type: 'object',
        properties: { a: { $ref: '#/$defs/A' } },
        $defs: { A: { type: 'string' } },
      },
    });
    expect(second).toEqual({ name: 'none', description: 'none' });
    expect(decoding?.toolNames?.get(readString(first?.['name']))).toBe('a.b');
    expect(dropped).toEqual(['tools.function.strict', 'parallel_tool_calls']);
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['required', { mode: 'ANY' }],
    ['none', { mode: 'NONE' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ])('chooses tools: %j', (tool_choice, functionCallingConfig) => {
    expect(encode({ ...hi, tools: [weather], tool_choice }).json['toolConfig']).toEqual({
      functionCallingConfig,
    });
  });

  it('leaves the choice out where there are no tools, and refuses tools that are no functions', () => {
    expect(encode({ ...hi, tool_choice: 'required' }).json['toolConfig']).toBeUndefined();
    expect(() => encode({ ...hi, tools: [{ type: 'web_search' }] })).toThrow(
      'tools[0] is not a function tool',
    );
  });

  it('maps every setting that it knows and names the others', () => {
    const { json, dropped } = encode({
      ...hi,
      max_completion_tokens: 9,
      temperature: 2,
      top_p: 0.5,
      top_k: 3,
      stop: ['a', ''],
      seed: 1,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      n: 2,
      logprobs: true,
      top_logprobs: 4,
      logit_bias: { '1': 1 },
      user: 'u',
      service_tier: 'flex',
      safety_settings: [],
    });
    expect(json['generationConfig']).toEqual({
      maxOutputTokens: 9,
      temperature: 2,
      topP: 0.5,
      topK: 3,
      stopSequences: ['a'],
      seed: 1,
      presencePenalty: 0.1,
      frequencyPenalty: 0.2,
      candidateCount: 2,
      responseLogprobs: true,
      logprobs: 4,
    });
    expect(dropped).toEqual(['logit_bias', 'service_tier', 'user', 'safety_settings']);
  });

  it('refuses an answer in sound, and takes the wish for text as what it is', () => {
    expect(() => encode({ ...hi, modalities: ['text', 'audio'] })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', status: 400, param: 'modalities' }),
    );
    expect(encode({ ...hi, modalities: ['text'] }).dropped).toEqual([]);
  });

  it('leaves out what the model refuses and says so', () => {
    const traits = { unsupported: ['temperature', 'topK'], multipleChoices: false };
    const { json, dropped } = encode(
      { ...hi, temperature: 1, top_k: 2, top_p: 0.5, stream: true, logprobs: true },
      traits,
    );
    expect(json['generationConfig']).toEqual({ topP: 0.5 });
    expect(dropped).toEqual(['logprobs', 'temperature', 'top_k']);
    expect(() => encode({ ...hi, n: 2 }, traits)).toThrow('n must be 1');
  });

  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const jsonSchema = { type: 'json_schema', json_schema: { name: 'x', schema } };

  it('shapes the answer by a schema', () => {
    expect(encode({ ...hi, response_format: jsonSchema }).json['generationConfig']).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: schema,
    });
    expect(encode({ ...hi, response_format: { type: 'json_object' } }).json['generationConfig']).toEqual({
      responseMimeType: 'application/json',
    });
  });

  it('asks for the shape in words where the model refuses a schema beside tools', () => {
    const { json } = encode({ ...hi, response_format: jsonSchema, tools: [weather] }, { thinking: 'budget' });
    expect(json['generationConfig']).toBeUndefined();
    expect(JSON.stringify(json['systemInstruction'])).toContain('must fit this JSON Schema');
  });

  const minimal: TargetTraits = { effortLevels: ['minimal', 'low', 'medium', 'high'] };
  it.each<[JsonObject, TargetTraits, JsonObject | undefined, string[]]>([
    [{ reasoning_effort: 'medium' }, {}, { includeThoughts: true, thinkingLevel: 'medium' }, []],
    [{ reasoning_effort: 'minimal' }, {}, { includeThoughts: true, thinkingLevel: 'low' }, []],
    [{ reasoning_effort: 'minimal' }, minimal, { includeThoughts: true, thinkingLevel: 'minimal' }, []],
    [{ reasoning_effort: 'max' }, {}, { includeThoughts: true, thinkingLevel: 'high' }, []],
    [{ reasoning_effort: 'none' }, minimal, { thinkingLevel: 'minimal' }, ['reasoning_effort']],
    [{ reasoning: { max_tokens: 6000 } }, {}, { includeThoughts: true, thinkingLevel: 'medium' }, []],
    [{ thinking: { type: 'enabled' } }, {}, { includeThoughts: true }, []],
    [
      { reasoning_effort: 'high' },
      { thinking: 'budget' },
      { includeThoughts: true, thinkingBudget: 24_576 },
      [],
    ],
    [
      { reasoning: { max_tokens: 512 } },
      { thinking: 'budget' },
      { includeThoughts: true, thinkingBudget: 512 },
      [],
    ],
    [
      { thinking: { type: 'enabled' } },
      { thinking: 'budget' },
      { includeThoughts: true, thinkingBudget: -1 },
      [],
    ],
    [{ reasoning_effort: 'none' }, { thinking: 'budget' }, { thinkingBudget: 0 }, []],
    [
      { reasoning_effort: 'none' },
      { thinking: 'budget', reasoningOff: false },
      { thinkingBudget: 128 },
      ['reasoning_effort'],
    ],
    [{ reasoning_effort: 'low' }, { thinking: 'none' }, undefined, ['reasoning_effort']],
    [{ reasoning_effort: 'none' }, { thinking: 'none' }, undefined, []],
  ])('thinks as asked: %j with %j', (asked, traits, expected, left) => {
    const { json, dropped } = encode({ ...hi, ...asked }, traits);
    expect((json['generationConfig'] as JsonObject | undefined)?.['thinkingConfig']).toEqual(expected);
    expect(dropped).toEqual(left);
  });

  it('refuses an effort that nobody knows', () => {
    expect(() => encode({ ...hi, reasoning_effort: 'much' })).toThrow('found "much"');
  });
});

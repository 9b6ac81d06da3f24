import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../contract/chat-request.js';
import type { ChatMessage, ContentPart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { EncodedRequest, TargetTraits } from '../../contract/wire-format.js';
import { readString } from '../json/read-json.js';
import { encodeRequest } from './encode-request.js';

function request(members: Partial<ChatRequest> = {}): ChatRequest {
  return {
    original: { format: 'openai-chat', text: '{}', json: {} },
    model: 'auto',
    stream: false,
    includeUsage: false,
    messages: [user('hi')],
    sampling: {},
    ...members,
  };
}

const text = (value: string): ContentPart => ({ type: 'text', text: value });
const user = (value: string): ChatMessage => ({ role: 'user', content: [text(value)] });
const assistant = (value: string): ChatMessage => ({ role: 'assistant', content: [text(value)] });
const call = (id: string, name = 'f', args = '{}'): ChatMessage => ({
  role: 'assistant',
  content: [{ type: 'tool-call', id, name, arguments: args }],
});
const result = (toolCallId: string, value = 'ok'): ChatMessage => ({
  role: 'tool',
  toolCallId,
  content: [text(value)],
});

function encode(members: Partial<ChatRequest> = {}, traits: TargetTraits = {}): EncodedRequest {
  return encodeRequest(request(members), { model: 'claude-x', traits });
}

function bodyOf(members: Partial<ChatRequest> = {}, traits: TargetTraits = {}): JsonObject {
  const body = JSON.parse(encode(members, traits).body) as JsonValue;
  if (!isJsonObject(body)) throw new Error('no object');
  return body;
}

function failureOf(members: Partial<ChatRequest>, traits: TargetTraits = {}): GatewayError {
  try {
    encode(members, traits);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('system prompts towards Anthropic', () => {
  it('[1] [54] writes one system message as a string, and nothing that the caller did not say', () => {
    const body = bodyOf({ messages: [{ role: 'system', content: [text('Be brief.')] }, user('hi')] });
    expect(body).toEqual({
      model: 'claude-x',
      max_tokens: 4096,
      system: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    });
  });

  it('[2] [3] gathers system and developer messages from anywhere, in order', () => {
    const body = bodyOf({
      messages: [
        { role: 'system', content: [text('A'), text('B')] },
        user('hi'),
        { role: 'developer', content: [text('C')] },
        { role: 'system', content: [] },
        user('there'),
      ],
    });
    expect(body['system']).toBe('A\n\nB\n\nC');
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          { type: 'text', text: 'there' },
        ],
      },
    ]);
  });

  it('[4] writes blocks where a part carries a cache marker', () => {
    const marker = { type: 'ephemeral', ttl: '1h' };
    const body = bodyOf({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'A', cacheControl: marker }, text('B')] },
        user('hi'),
      ],
    });
    expect(body['system']).toEqual([
      { type: 'text', text: 'A', cache_control: marker },
      { type: 'text', text: 'B' },
    ]);
  });

  it('[5] refuses a request without any turn', () => {
    const error = failureOf({ messages: [{ role: 'system', content: [text('A')] }] });
    expect(error.status).toBe(400);
    expect(error.param).toBe('messages');
  });
});

describe('turns towards Anthropic', () => {
  it('[8] [9] merges turns of one role and lets an assistant turn stand first', () => {
    const body = bodyOf({ messages: [assistant('a'), assistant('b'), user('c')] });
    expect(body['messages']).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: [{ type: 'text', text: 'c' }] },
    ]);
  });

  it('[10] [11] leaves empty text out', () => {
    const body = bodyOf({
      messages: [
        user('go'),
        {
          role: 'assistant',
          content: [text(' \n'), { type: 'tool-call', id: 'c1', name: 'f', arguments: '' }],
        },
        result('c1'),
      ],
    });
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'ok' }] },
    ]);
  });

  it('[10] refuses an empty last user message, which would leave an answer to continue', () => {
    expect(failureOf({ messages: [user('a'), assistant('b'), user(' ')] }).param).toBe('messages[2].content');
  });

  it('[12] writes a refusal as text', () => {
    const body = bodyOf({
      messages: [user('a'), { role: 'assistant', content: [{ type: 'refusal', text: 'No.' }] }, user('b')],
    });
    expect(body['messages']).toMatchObject([{}, { content: [{ type: 'text', text: 'No.' }] }, {}]);
  });

  it('[13] [14] passes a prefill on without its trailing white space', () => {
    const body = bodyOf({ messages: [user('a'), assistant('{"x": \n')] });
    expect(body['messages']).toMatchObject([{}, { content: [{ text: '{"x":' }] }]);
  });

  it('[15] sends the user as metadata.user_id and reports message names', () => {
    const encoded = encode({ user: 'u1', messages: [{ role: 'user', content: [text('a')], name: 'Ann' }] });
    expect(JSON.parse(encoded.body)).toMatchObject({ metadata: { user_id: 'u1' } });
    expect(encoded.dropped).toEqual(['messages.name']);
  });

  it('[18] puts all tool results first in one user turn, with the text that follows them', () => {
    const body = bodyOf({
      messages: [
        user('go'),
        {
          role: 'assistant',
          content: [
            { type: 'tool-call', id: 'c1', name: 'f', arguments: '{}' },
            { type: 'tool-call', id: 'c2', name: 'g', arguments: '{}' },
          ],
        },
        result('c1', '1'),
        user('and?'),
        result('c2', '2'),
      ],
    });
    expect(body['messages']).toMatchObject([
      {},
      {},
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1' },
          { type: 'tool_result', tool_use_id: 'c2' },
          { type: 'text', text: 'and?' },
        ],
      },
    ]);
  });

  it('[103] [105] keeps signed thinking in its place and leaves unsigned thinking out', () => {
    const body = bodyOf({
      messages: [
        user('a'),
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'one', signature: 's1' },
            { type: 'redacted-reasoning', data: 'xyz' },
            { type: 'reasoning', text: '', signature: 's2' },
            { type: 'reasoning', text: 'of another vendor' },
            text('b'),
          ],
        },
        user('c'),
      ],
    });
    expect(body['messages']).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'one', signature: 's1' },
          { type: 'redacted_thinking', data: 'xyz' },
          { type: 'thinking', thinking: '', signature: 's2' },
          { type: 'text', text: 'b' },
        ],
      },
      {},
    ]);
  });
});

describe('tools towards Anthropic', () => {
  it('[19] [20] [34] writes schemas as they are and gives the missing ones a shape', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/A' } },
      $defs: { A: { type: 'string' } },
    };
    const body = bodyOf({
      tools: [
        { name: 'a', description: 'does a', parameters: schema, cacheControl: { type: 'ephemeral' } },
        { name: 'b' },
        { name: 'c', parameters: { properties: {} } },
      ],
    });
    expect(body['tools']).toEqual([
      { name: 'a', description: 'does a', input_schema: schema, cache_control: { type: 'ephemeral' } },
      { name: 'b', input_schema: { type: 'object', properties: {} } },
      { name: 'c', input_schema: { type: 'object', properties: {} } },
    ]);
  });

  it('[21] refuses tools that are no functions, naming the index', () => {
    const native = { format: 'openai-chat', value: { type: 'custom' } } as const;
    expect(failureOf({ tools: [{ name: 'a' }, { name: 'x', native }] }).param).toBe('tools[1]');
  });

  it.each([
    ['auto', { type: 'auto' }, undefined, { type: 'auto' }],
    ['required', { type: 'required' }, undefined, { type: 'any' }],
    ['none', { type: 'none' }, undefined, { type: 'none' }],
    ['a name', { type: 'tool', name: 'f' }, undefined, { type: 'tool', name: 'f' }],
    ['one at a time', undefined, false, { type: 'auto', disable_parallel_tool_use: true }],
    [
      'a name, one at a time',
      { type: 'tool', name: 'f' },
      false,
      { type: 'tool', name: 'f', disable_parallel_tool_use: true },
    ],
    ['parallel', undefined, true, undefined],
  ] as const)('[22] [24] maps the tool choice: %s', (_name, toolChoice, parallelToolCalls, expected) => {
    expect(bodyOf({ tools: [{ name: 'f' }], toolChoice, parallelToolCalls })['tool_choice']).toEqual(
      expected,
    );
  });

  it('[23] sends no tool choice without tools', () => {
    expect(bodyOf({ toolChoice: { type: 'auto' }, parallelToolCalls: false })['tool_choice']).toBeUndefined();
  });

  it.each([
    ['{"a": {"b": [1, "ü"]}}', '{"a":{"b":[1,"ü"]}}'],
    ['', '{}'],
    ['null', '{}'],
    ['{"id": 12345678901234567890}', '{"id":12345678901234567890}'],
  ])('[25] [26] sends the arguments %s as an object', (args, expected) => {
    const encoded = encode({ messages: [user('a'), call('c1', 'f', args), result('c1')] });
    expect(encoded.body).toContain(`"input":${expected}`);
  });

  it.each(['{"a": ', '[1]', '"x"'])('[25] refuses the arguments %s', (args) => {
    const error = failureOf({ messages: [user('a'), call('c1', 'f', args), result('c1')] });
    expect(error.code).toBe('invalid_request');
    expect(error.param).toBe('messages[1].tool_calls[0].function.arguments');
  });

  it('[27] writes foreign ids in accepted letters, each its own, alike in call and result', () => {
    const ids = ['functions.get:0', 'functions_get_0', 'esc_x', 'functions.get_0', 'toolu_1'];
    const body = bodyOf({
      messages: [
        user('a'),
        {
          role: 'assistant',
          content: ids.map((id) => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })),
        },
        ...ids.map((id) => result(id)),
      ],
    });
    const blocksOf = (turn: number): JsonObject[] =>
      (body['messages'] as JsonObject[])[turn]?.['content'] as JsonObject[];
    const sent = blocksOf(1).map((block) => readString(block['id']));
    expect(blocksOf(2).map((block) => block['tool_use_id'])).toEqual(sent);
    expect(new Set(sent).size).toBe(ids.length);
    for (const id of sent) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(sent[1]).toBe('functions_get_0');
    expect(sent[4]).toBe('toolu_1');
  });

  it('[27] refuses a call without an id', () => {
    expect(failureOf({ messages: [user('a'), call(''), result('')] }).param).toBe(
      'messages[1].tool_calls[0].id',
    );
  });

  it('[28] shortens and cleans names, everywhere alike, and says how to change them back', () => {
    const long = `${'x'.repeat(64)}_one`;
    const encoded = encode({
      tools: [{ name: long }, { name: 'a.b/c' }, { name: 'plain' }],
      toolChoice: { type: 'tool', name: 'a.b/c' },
      messages: [user('a'), call('c1', long), result('c1')],
    });
    const body = JSON.parse(encoded.body) as {
      tools: { name: string }[];
      tool_choice: { name: string };
      messages: { content: { name?: string }[] }[];
    };
    const [first, second, third] = body.tools.map((tool) => tool.name);
    expect(first).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(second).toMatch(/^a_b_c_[a-z0-9]+$/);
    expect(third).toBe('plain');
    expect(body.tool_choice.name).toBe(second);
    expect(body.messages[1]?.content[0]?.name).toBe(first);
    expect([...(encoded.decoding?.toolNames ?? [])]).toEqual([
      [first, long],
      [second, 'a.b/c'],
    ]);
  });

  it.each([
    ['a call without a result', [user('a'), call('c1'), user('b')]],
    ['a result without a call', [user('a'), result('c9')]],
  ])('[29] refuses %s', (_name, messages) => {
    expect(failureOf({ messages }).code).toBe('invalid_request');
  });

  it('[30] writes results with images, errors, nothing', () => {
    const body = bodyOf({
      messages: [
        user('a'),
        {
          role: 'assistant',
          content: ['c1', 'c2', 'c3'].map((id) => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })),
        },
        { role: 'tool', toolCallId: 'c1', content: [text('bad')], isError: true },
        { role: 'tool', toolCallId: 'c2', content: [] },
        {
          role: 'tool',
          toolCallId: 'c3',
          content: [text('see'), { type: 'image', source: { kind: 'url', url: 'https://x/y.png' } }],
          cacheControl: { type: 'ephemeral' },
        },
      ],
    });
    expect(body['messages']).toMatchObject([
      {},
      {},
      {
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'bad', is_error: true },
          { type: 'tool_result', tool_use_id: 'c2' },
          {
            type: 'tool_result',
            tool_use_id: 'c3',
            content: [
              { type: 'text', text: 'see' },
              { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
            ],
            cache_control: { type: 'ephemeral' },
          },
        ],
      },
    ]);
  });

  it('[36] leaves strict out and reports it', () => {
    const encoded = encode({ tools: [{ name: 'f', strict: true }] });
    expect(encoded.body).not.toContain('strict');
    expect(encoded.dropped).toEqual(['tools.function.strict']);
  });
});

describe('media towards Anthropic', () => {
  const block = (part: ContentPart): JsonValue | undefined => {
    const messages = bodyOf({ messages: [{ role: 'user', content: [part] }] })['messages'] as JsonObject[];
    return (messages[0]?.['content'] as JsonValue[])[0];
  };

  it.each([
    ['image/jpeg', 'image/jpeg'],
    ['image/JPG', 'image/jpeg'],
    ['image/png', 'image/png'],
    ['image/gif', 'image/gif'],
    ['image/webp', 'image/webp'],
  ])('[37] [40] takes %s', (mediaType, sent) => {
    const source = { kind: 'base64', mediaType, data: 'AAAA' } as const;
    expect(block({ type: 'image', source, detail: 'high' })).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: sent, data: 'AAAA' },
    });
  });

  it('[39] writes documents: PDF, address, text', () => {
    expect(
      block({
        type: 'document',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
        filename: 'a.pdf',
      }),
    ).toEqual({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      title: 'a.pdf',
    });
    expect(block({ type: 'document', source: { kind: 'url', url: 'https://x/a.pdf' } })).toEqual({
      type: 'document',
      source: { type: 'url', url: 'https://x/a.pdf' },
    });
    const csv = {
      kind: 'base64',
      mediaType: 'text/csv',
      data: Buffer.from('ä,b').toString('base64'),
    } as const;
    expect(block({ type: 'document', source: csv })).toEqual({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'ä,b' },
    });
  });

  const refused: readonly (readonly [string, ContentPart])[] = [
    [
      '[37] a type of image',
      { type: 'image', source: { kind: 'base64', mediaType: 'image/bmp', data: 'SECRETDATA' } },
    ],
    ['[38] plain http', { type: 'image', source: { kind: 'url', url: 'http://SECRETDATA/a.png' } }],
    ['[38] gs:', { type: 'image', source: { kind: 'url', url: 'gs://SECRETDATA/a.png' } }],
    ["another vendor's file", { type: 'document', source: { kind: 'file', fileId: 'SECRETDATA' } }],
    [
      '[39] a type of document',
      { type: 'document', source: { kind: 'base64', mediaType: 'application/zip', data: 'SECRETDATA' } },
    ],
    ['[40] audio', { type: 'audio', data: 'SECRETDATA', encoding: 'wav' }],
    [
      "a part of another format's own, such as a video",
      {
        type: 'opaque',
        format: 'openai-chat',
        value: { type: 'video_url', video_url: { url: 'SECRETDATA' } },
      },
    ],
  ];
  it.each(refused)('refuses %s by name, without showing the data [42]', (_name, part) => {
    const error = failureOf({ messages: [user('a'), { role: 'user', content: [text('b'), part] }] });
    expect(error.code).toBe('unsupported_parameter');
    expect(error.param).toBe('messages[1].content[1]');
    expect(error.message).not.toContain('SECRETDATA');
  });
});

describe('parameters towards Anthropic', () => {
  it.each([
    [undefined, undefined, 4096],
    [undefined, 32_000, 32_000],
    [7, 32_000, 7],
  ])('[43] limits to %s tokens with a default of %s as %s', (maxTokens, defaultMaxTokens, expected) => {
    expect(bodyOf({ sampling: { maxTokens } }, { defaultMaxTokens })['max_tokens']).toBe(expected);
  });

  it('[45] [47] maps sampling, reports what has no word', () => {
    const encoded = encode({
      sampling: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        stop: ['END', ' \n'],
        seed: 1,
        frequencyPenalty: 0.1,
        presencePenalty: 0,
        logitBias: { '1': 2 },
        logprobs: true,
        topLogprobs: 3,
        n: 1,
      },
      metadata: { a: 'b' },
      extensions: { store: true },
      stream: true,
    });
    expect(JSON.parse(encoded.body)).toMatchObject({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ['END'],
      stream: true,
    });
    expect([...encoded.dropped].sort()).toEqual(
      [
        'frequency_penalty',
        'logit_bias',
        'logprobs',
        'metadata',
        'seed',
        'stop',
        'store',
        'top_logprobs',
      ].sort(),
    );
  });

  it('refuses an answer in sound, and takes the wish for text as what it is', () => {
    const error = failureOf({ extensions: { modalities: ['text', 'audio'], audio: { voice: 'alloy' } } });
    expect(error).toMatchObject({ code: 'unsupported_parameter', status: 400, param: 'modalities' });
    expect(error.message).toContain('audio');
    expect(encode({ extensions: { modalities: ['text'] } }).dropped).toEqual([]);
  });

  it.each([
    ['[46]', 'temperature', { temperature: 1.2 }],
    ['[47]', 'n', { n: 2 }],
  ])('%s refuses %s', (_number, param, sampling) => {
    const error = failureOf({ sampling });
    expect(error.code).toBe('unsupported_parameter');
    expect(error.param).toBe(param);
  });

  it.each([
    ['auto', 'auto', []],
    ['priority', 'auto', []],
    ['default', 'standard_only', []],
    ['flex', undefined, ['service_tier']],
  ])('[50] maps the service tier %s', (serviceTier, expected, dropped) => {
    const encoded = encode({ serviceTier });
    expect((JSON.parse(encoded.body) as JsonObject)['service_tier']).toBe(expected);
    expect(encoded.dropped).toEqual(dropped);
  });

  it('drops what the target is known to refuse, under the name that the caller used', () => {
    const encoded = encode(
      { sampling: { temperature: 0.1, topP: 0.2, stop: ['x'] } },
      { unsupported: ['temperature', 'stop_sequences', 'top_k'] },
    );
    expect(JSON.parse(encoded.body)).not.toHaveProperty('temperature');
    expect(JSON.parse(encoded.body)).not.toHaveProperty('stop_sequences');
    expect(encoded.dropped).toEqual(['temperature', 'stop']);
  });

  it('[53] asks for the version of the API', () => {
    expect(encode().headers).toEqual({ 'anthropic-version': '2023-06-01' });
  });
});

describe('reasoning towards Anthropic', () => {
  it.each([
    ['minimal', 1024],
    ['low', 1024],
    ['medium', 2048],
    ['high', 4096],
  ])('[48] [49] turns the effort %s into a budget and makes room for it', (effort, budget) => {
    expect(bodyOf({ reasoning: { effort } })).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: budget },
      max_tokens: 4096 + budget,
    });
  });

  it.each([
    ['low', 'low'],
    ['minimal', 'low'],
    ['xhigh', 'xhigh'],
  ])('[48] turns the effort %s into %s for adaptive models', (effort, sent) => {
    const body = bodyOf({ reasoning: { effort, summary: 'auto' } }, { thinking: 'adaptive' });
    expect(body['thinking']).toEqual({ type: 'adaptive', display: 'summarized' });
    expect(body['output_config']).toEqual({ effort: sent });
    expect(body['max_tokens']).toBe(4096);
  });

  it('[48] refuses unknown efforts, and effort beside budget', () => {
    expect(failureOf({ reasoning: { effort: 'enormous' } }).param).toBe('reasoning_effort');
    expect(failureOf({ reasoning: { effort: 'low', budgetTokens: 2000 } }).code).toBe(
      'unsupported_parameter',
    );
  });

  it('[49] keeps the budget below the limit that the caller set', () => {
    const within = bodyOf({ reasoning: { effort: 'high' }, sampling: { maxTokens: 3000 } });
    expect(within).toMatchObject({ thinking: { budget_tokens: 1500 }, max_tokens: 3000 });
    const tight = encode({ reasoning: { effort: 'low' }, sampling: { maxTokens: 500 } });
    expect(tight.body).not.toContain('thinking');
    expect(tight.dropped).toEqual(['reasoning_effort']);
    expect(failureOf({ reasoning: { budgetTokens: 4000 }, sampling: { maxTokens: 4000 } }).status).toBe(400);
  });

  it('leaves reasoning out where the target has none, and switches it off where it may be on', () => {
    expect(encode({ reasoning: { effort: 'low' } }, { thinking: 'none' }).dropped).toEqual([
      'reasoning_effort',
    ]);
    expect(bodyOf({ reasoning: { effort: 'none' } })['thinking']).toBeUndefined();
    expect(bodyOf({ reasoning: { effort: 'none' } }, { thinking: 'adaptive' })['thinking']).toEqual({
      type: 'disabled',
    });
  });

  it('[46] sends no temperature, top_k or low top_p beside thinking', () => {
    const encoded = encode({
      reasoning: { effort: 'low' },
      sampling: { temperature: 0.3, topP: 0.5, topK: 3 },
    });
    for (const member of ['temperature', 'top_p', 'top_k']) {
      expect(JSON.parse(encoded.body)).not.toHaveProperty(member);
    }
    expect(encoded.dropped).toEqual(['temperature', 'top_k', 'top_p']);
  });

  it('leaves thinking out beside a forced tool, and in a tool loop that began without thinking', () => {
    const forced = encode({
      reasoning: { effort: 'low' },
      tools: [{ name: 'f' }],
      toolChoice: { type: 'required' },
      sampling: { temperature: 0.5 },
    });
    expect(forced.dropped).toEqual(['reasoning_effort']);
    expect(JSON.parse(forced.body)).toMatchObject({ temperature: 0.5, max_tokens: 4096 });
    const loop = [user('a'), call('c1'), result('c1')];
    expect(encode({ reasoning: { effort: 'low' }, messages: loop }).dropped).toEqual(['reasoning_effort']);
    expect(
      encode({ reasoning: { effort: 'low' }, messages: loop }, { thinking: 'adaptive' }).dropped,
    ).toEqual([]);
  });
});

describe('shaped answers from Anthropic', () => {
  const schema = { type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] };

  it('[51] asks for a schema natively, closed as Anthropic demands it', () => {
    const encoded = encode({ responseFormat: { type: 'json-schema', schema } });
    expect((JSON.parse(encoded.body) as JsonObject)['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: { a: { type: 'integer', description: '{minimum: 3}' } },
          required: ['a'],
          additionalProperties: false,
        },
      },
    });
    expect(encoded.decoding).toBeUndefined();
  });

  it.each([
    ['a target without schemas', { type: 'json-schema', schema }, { jsonSchema: false }, schema],
    [
      'free keys',
      { type: 'json-schema', schema: { type: 'object', additionalProperties: { type: 'string' } } },
      {},
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    ['JSON mode', { type: 'json' }, {}, { type: 'object', additionalProperties: true }],
  ] as const)('[51] [52] forces a hidden tool for %s', (_name, responseFormat, traits, sent) => {
    const encoded = encode({ responseFormat }, traits);
    const name = encoded.decoding?.answerTool;
    expect(JSON.parse(encoded.body)).toMatchObject({
      tools: [{ name, input_schema: sent }],
      tool_choice: { type: 'tool', name, disable_parallel_tool_use: true },
    });
  });

  it("[52] leaves the caller's tools callable beside the hidden one, whose name is free", () => {
    const encoded = encode({ responseFormat: { type: 'json' }, tools: [{ name: 'give_answer' }] });
    expect(encoded.decoding?.answerTool).toBe('give_answer_2');
    expect(JSON.parse(encoded.body)).toMatchObject({
      tools: [{ name: 'give_answer' }, { name: 'give_answer_2' }],
      tool_choice: { type: 'any' },
    });
    const forced = encode({
      responseFormat: { type: 'json' },
      tools: [{ name: 'f' }],
      toolChoice: { type: 'tool', name: 'f' },
    });
    expect(forced.decoding).toBeUndefined();
    expect(JSON.parse(forced.body)).toMatchObject({ tool_choice: { type: 'tool', name: 'f' } });
  });
});

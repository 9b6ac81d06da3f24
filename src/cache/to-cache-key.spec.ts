import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conversation } from '../../test/conformance/arbitrary-conversation.js';
import { loadSettings } from '../config/load-settings.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../contract/json.js';
import type { InboundFormat } from '../contract/wire-format.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../formats/anthropic-messages/anthropic-messages.format.js';
import { parseJson } from '../formats/json/parse-json.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { OPENAI_RESPONSES_INBOUND } from '../formats/openai-responses/openai-responses.format.js';
import { SIMPLE_CHAT_INBOUND } from '../formats/simple-chat/simple-chat.format.js';
import { toCacheKey, type KeyContext } from './to-cache-key.js';

const settingsOf = (targets: string) =>
  loadSettings(
    { GATEWAY_CONFIG: 'a.yaml' },
    () =>
      `providers: [{ name: a, vendor: openai, api_keys: [k] }, { name: b, vendor: openai, api_keys: [k] }]
routing: { default_route: main, routes: [{ name: main, targets: ${targets} }] }`,
  );
const CONTEXT: KeyContext = { tenant: 'team', models: ['*'], settings: settingsOf('[a, b/m]') };

function keyOf(
  format: InboundFormat,
  json: JsonObject,
  context: Partial<KeyContext & { headers: Record<string, string> }> = {},
): string {
  const text = JSON.stringify(json);
  const parsed = parseJson(text) as JsonObject;
  const request = format.decodeRequest({ format: format.name, text, json: parsed });
  const vendorHeaders = context.headers;
  return toCacheKey({ ...request, vendorHeaders }, format.readRest(parsed), { ...CONTEXT, ...context });
}

const user = (content: JsonValue = 'hi'): JsonObject => ({ role: 'user', content });
const openaiKey = (members: JsonObject = {}, context = {}): string =>
  keyOf(OPENAI_CHAT_INBOUND, { messages: [user()], ...members }, context);

/** Bodies that use what their format has. */
const SAMPLES: readonly (readonly [InboundFormat, JsonObject])[] = [
  [
    OPENAI_CHAT_INBOUND,
    {
      model: 'gpt',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'be', cache_control: { type: 'ephemeral' } }] },
        { role: 'developer', content: 'brief', name: 'boss' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: { url: 'https://a.test/b.png', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
            { type: 'image_url', image_url: { url: 'data:text/plain;charset=utf-8,abc' } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
            { type: 'file', file: { file_id: 'file-1' } },
            { type: 'video_url', video_url: { url: 'https://a.test/c.mp4' } },
          ],
        },
        {
          role: 'assistant',
          content: 'so',
          refusal: 'no',
          reasoning_content: 'hm',
          prefix: true,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 'c2', type: 'custom', custom: { name: 'g', input: 'text' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'done', name: 'f' },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'done' }] },
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: 'old' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }], audio: { id: 'audio_1' } },
        user('go on'),
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'f',
            description: 'does f',
            parameters: { type: 'object', properties: { a: { type: 'number', maximum: 3 } } },
            strict: true,
          },
        },
        { type: 'custom', custom: { name: 'g', format: { type: 'text' } } },
      ],
      functions: [{ name: 'h', parameters: { type: 'object' } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', description: 'd', schema: { type: 'object' }, strict: true },
      },
      max_tokens: 5,
      max_completion_tokens: 6,
      temperature: 0.5,
      top_p: 0.5,
      stop: ['a', 'b'],
      seed: 7,
      frequency_penalty: 1,
      presence_penalty: 1,
      logit_bias: { '5': 1 },
      logprobs: true,
      top_logprobs: 2,
      n: 2,
      reasoning_effort: 'low',
      reasoning: { effort: 'low', max_tokens: 9, exclude: true },
      thinking: { type: 'enabled', budget_tokens: 4 },
      service_tier: 'flex',
      user: 'end-user',
      safety_identifier: 'id',
      verbosity: 'low',
      web_search_options: { user_location: { country: 'CH' } },
      provider: { order: ['a'], sort: { by: 'price', partition: 'model' }, data_collection: 'deny' },
      models: ['b/m'],
    },
  ],
  [
    SIMPLE_CHAT_INBOUND,
    { messages: [user()], provider: 'a', temperature: 1, max_tokens: 9, top_k: 3, extra: [1, { a: 'b' }] },
  ],
  [
    ANTHROPIC_MESSAGES_INBOUND,
    {
      model: 'claude',
      max_tokens: 9,
      system: [{ type: 'text', text: 'be', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see', citations: [{ type: 'char_location' }] },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            {
              type: 'document',
              source: { type: 'content', content: [{ type: 'text', text: 'a' }] },
              title: 't',
              context: 'c',
              citations: { enabled: true },
            },
            { type: 'document', source: { type: 'url', url: 'https://a.test/b.pdf' } },
            {
              type: 'search_result',
              source: 's',
              title: 't',
              content: [{ type: 'text', text: 'a' }],
              citations: { enabled: true },
            },
            { type: 'container_upload', file_id: 'f' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 'sig' },
            { type: 'redacted_thinking', data: 'xx' },
            { type: 'text', text: 'so' },
            {
              type: 'tool_use',
              id: 't1',
              name: 'f',
              input: { a: [1, null, true] },
              caller: { type: 'direct' },
            },
            { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't1',
              is_error: true,
              content: [{ type: 'text', text: 'done' }],
            },
            { type: 'text', text: 'go on' },
          ],
        },
      ],
      tools: [
        {
          type: 'custom',
          name: 'f',
          description: 'd',
          input_schema: { type: 'object' },
          strict: true,
          defer_loading: true,
          input_examples: [{ a: 1 }],
        },
        { type: 'web_search_20250305', name: 'web_search', max_uses: 3 },
      ],
      tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 4, display: 'omitted' },
      output_config: {
        effort: 'low',
        format: { type: 'json_schema', schema: { type: 'object' } },
        task_budget: { total: 3 },
      },
      temperature: 0.5,
      top_p: 0.5,
      top_k: 4,
      stop_sequences: ['a'],
      service_tier: 'standard_only',
      metadata: { user_id: 'end-user' },
      context_management: { edits: [{ type: 'clear' }] },
      inference_geo: 'eu',
    },
  ],
  [
    OPENAI_RESPONSES_INBOUND,
    {
      model: 'gpt',
      instructions: 'be',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'see' },
            { type: 'input_image', image_url: 'https://a.test/b.png', detail: 'low' },
            { type: 'input_file', filename: 'a.txt', file_data: 'AAAA' },
            { type: 'input_file', file_id: 'file-1' },
          ],
        },
        {
          type: 'reasoning',
          id: 'rs',
          summary: [{ type: 'summary_text', text: 'hm' }],
          encrypted_content: 'e',
        },
        {
          type: 'message',
          id: 'msg',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'so', annotations: [{ type: 'url_citation', url: 'u' }] }],
        },
        { type: 'function_call', id: 'fc', call_id: 'c1', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'done' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'text' },
        { type: 'custom_tool_call_output', call_id: 'c2', output: 'done' },
        { type: 'web_search_call', id: 'ws', action: { query: 'q' } },
        { role: 'developer', content: 'go on' },
      ],
      tools: [
        { type: 'function', name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
        { type: 'mcp', server_label: 'm', server_url: 'https://a.test' },
      ],
      tool_choice: { type: 'function', name: 'f' },
      text: {
        verbosity: 'low',
        format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true },
      },
      reasoning: { effort: 'low', summary: 'auto', generate_summary: 'concise' },
      include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
      max_output_tokens: 9,
      max_tool_calls: 3,
      temperature: 0.5,
      top_logprobs: 2,
      truncation: 'auto',
      service_tier: 'flex',
      user: 'end-user',
      prompt_cache_key: 'p',
    },
  ],
];

type Path = readonly (string | number)[];

function pathsOf(value: JsonValue | undefined, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...below.flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

type Change = (value: JsonValue | undefined, seed: number) => JsonValue | undefined;

/** Another value of the same kind; of an object or array one with more in it. */
const grow: Change = (value, seed) => {
  if (typeof value === 'string') return `${value}${String(seed)}`;
  if (typeof value === 'number') return value === 1 ? 0 : 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return [...value, ...value.slice(-1)];
  return { ...value, [`new_${String(seed)}`]: seed };
};
const remove: Change = () => undefined;

function changed(json: JsonObject, path: Path, change: Change, seed: number): JsonObject {
  const copy = structuredClone(json);
  const [last, ...before] = path.toReversed();
  let place: JsonValue | undefined = copy;
  for (const name of before.toReversed()) place = (place as JsonObject | undefined)?.[name];
  const parent = place as JsonObject;
  if (last === undefined) return change(copy, seed) as JsonObject;
  const next = change(parent[last], seed);
  if (next !== undefined) parent[last] = next;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent, last);
  return copy;
}

/** Without them a body asks for the same. */
const SAME_WITHOUT: readonly RegExp[] = [
  // `null` says nothing.
  /^messages\.6\.content$/,
  // The kind that is meant when none is named.
  /^(messages\.3\.tool_calls\.\d|tools\.0|tool_choice|input\.\d)\.type$/,
];
/** Only the end user in it counts. */
const SAME_WITH_MORE: readonly RegExp[] = [/^metadata$/];

function isSame(path: Path, change: Change): boolean {
  const known = change === remove ? SAME_WITHOUT : SAME_WITH_MORE;
  return known.some((same) => same.test(path.join('.')));
}

/** Undefined where the body is no longer one. */
function tryKeyOf(format: InboundFormat, json: JsonObject): string | undefined {
  try {
    return keyOf(format, json);
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return undefined;
  }
}

describe('the key of a chat request', () => {
  test.each(SAMPLES)('changes with every member of a body (%#)', (format, json) => {
    const key = keyOf(format, json);
    const unheeded = pathsOf(json)
      .slice(1)
      .flatMap((path) => [grow, remove].map((change) => ({ path, change })))
      .filter(({ path, change }) => tryKeyOf(format, changed(json, path, change, 1)) === key)
      .filter(({ path, change }) => !isSame(path, change))
      .map(({ path, change }) => `${change.name} ${path.join('.')}`);
    expect(unheeded).toEqual([]);
  });

  test.each(SAMPLES)('is another for another value anywhere in a body (%#)', (format, json) => {
    const key = keyOf(format, json);
    const paths = pathsOf(json).slice(1);
    // What is null says as little as an empty text.
    const replace = fc
      .constantFrom(...paths)
      .filter((path) => path[0] !== 'metadata' && path.join('.') !== 'messages.6.content');
    fc.assert(
      fc.property(replace, fc.jsonValue({ maxDepth: 1 }), (path, value) => {
        const other = changed(json, path, () => value, 0);
        if (JSON.stringify(other) === JSON.stringify(json) || value === null) return;
        expect(tryKeyOf(format, other), path.join('.')).not.toBe(key);
      }),
      { numRuns: 1_000 },
    );
  });

  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(conversation, (body) => {
        const json = body as JsonObject;
        const turned = Object.fromEntries(Object.entries(json).toReversed());
        expect(keyOf(OPENAI_CHAT_INBOUND, turned)).toBe(keyOf(OPENAI_CHAT_INBOUND, json));
      }),
    );
  });

  test('is one for the same question in each format', () => {
    const key = openaiKey({ max_tokens: 9 });
    expect(keyOf(SIMPLE_CHAT_INBOUND, { messages: [user()], max_tokens: 9 })).toBe(key);
    expect(keyOf(ANTHROPIC_MESSAGES_INBOUND, { messages: [user()], max_tokens: 9 })).toBe(key);
    expect(keyOf(OPENAI_RESPONSES_INBOUND, { input: 'hi', max_output_tokens: 9, store: false })).toBe(key);
  });

  test('is one for an OpenAI and an Anthropic request that say the same', () => {
    const tools = {
      name: 'f',
      description: 'd',
      parameters: { type: 'object', properties: { a: { type: 'string' } } },
    };
    const openai: JsonObject = {
      model: 'm',
      max_tokens: 9,
      temperature: 0,
      stop: 'END',
      user: 'end-user',
      messages: [
        { role: 'system', content: 'be brief' },
        user([
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ]),
        {
          role: 'assistant',
          content: 'so',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'done' },
        user(),
      ],
      tools: [{ type: 'function', function: tools }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      reasoning_effort: 'low',
      stream: true,
      stream_options: { include_usage: true },
      metadata: { trace: '1' },
    };
    const anthropic: JsonObject = {
      model: 'm',
      max_tokens: 9,
      temperature: 0,
      stop_sequences: ['END'],
      metadata: { user_id: 'end-user' },
      system: 'be brief',
      messages: [
        user([
          { type: 'text', text: 'see' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        ]),
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'so' },
            { type: 'tool_use', id: 'c', name: 'f', input: { a: 'b' } },
          ],
        },
        user([
          { type: 'tool_result', tool_use_id: 'c', content: 'done' },
          { type: 'text', text: 'hi' },
        ]),
      ],
      tools: [{ name: 'f', description: 'd', input_schema: tools.parameters }],
      tool_choice: { type: 'tool', name: 'f' },
      output_config: { effort: 'low' },
    };
    expect(keyOf(ANTHROPIC_MESSAGES_INBOUND, anthropic, { headers: { 'anthropic-version': '1' } })).toBe(
      keyOf(OPENAI_CHAT_INBOUND, openai),
    );
  });

  test('tells the order of a result and a text apart, which reads alike', () => {
    const ask = (content: JsonValue): string =>
      keyOf(ANTHROPIC_MESSAGES_INBOUND, { max_tokens: 9, messages: [user(content)] });
    const result = { type: 'tool_result', tool_use_id: 'c', content: 'done' };
    const text = { type: 'text', text: 'hi' };
    expect(ask([text, result])).not.toBe(ask([result, text]));
  });

  test('tells numbers apart that no double can hold', () => {
    const [one, other] = ['12345678901234567890', '12345678901234567891'].map((id) => {
      const text = `{"messages":[{"role":"user","content":"hi"}],"extra":${id}}`;
      const json = parseJson(text) as JsonObject;
      const request = OPENAI_CHAT_INBOUND.decodeRequest({ format: 'openai-chat', text, json });
      return toCacheKey(request, OPENAI_CHAT_INBOUND.readRest(json), CONTEXT);
    });
    expect(one).not.toBe(other);
  });

  test.each<[string, JsonObject]>([
    ['stream', { stream: true }],
    ['stream_options', { stream_options: { include_usage: true } }],
    ['metadata', { metadata: { trace: '1' } }],
    ['store', { store: true }],
    ['the name of the default route', { model: 'main' }],
    ['auto', { model: 'auto' }],
    ['an empty model', { model: '' }],
    ['null', { temperature: null, user: null }],
  ])('is the same with %s', (_name, members) => {
    expect(openaiKey(members)).toBe(openaiKey());
  });

  test.each<[string, JsonObject]>([
    ['a model', { model: 'a/m' }],
    ['a pinned provider', { provider: 'a' }],
    ['preferences', { provider: { ignore: ['a'] } }],
    ['further models', { models: ['b/m'] }],
    ['the end user', { user: 'u' }],
    ['a member that nobody knows', { new_option: 1 }],
  ])('is another with %s', (_name, members) => {
    expect(openaiKey(members)).not.toBe(openaiKey());
  });

  test('belongs to a tenant and to what it may use', () => {
    const keys = [
      openaiKey(),
      openaiKey({}, { tenant: 'other' }),
      openaiKey({}, { tenant: null }),
      openaiKey({}, { models: ['a/*'] }),
      openaiKey({}, { settings: settingsOf('[b/m, a]') }),
      openaiKey({}, { headers: { 'anthropic-beta': 'b' } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(openaiKey({}, { models: ['b', 'a'] })).toBe(openaiKey({}, { models: ['a', 'b'] }));
    expect(openaiKey({}, { headers: { 'anthropic-version': 'v' } })).toBe(openaiKey());
  });
});

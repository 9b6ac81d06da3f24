import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ProviderSettings } from '../config/gateway-settings.js';
import { AnthropicAdapter } from './anthropic/anthropic.adapter.js';
import { OpenaiCompatibleAdapter } from './openai-compatible/openai-compatible.adapter.js';
import { PRESETS } from './openai-compatible/presets.js';
import { OpenaiAdapter } from './openai/openai.adapter.js';
import type { ProviderAdapter } from './provider-adapter.js';
import { ProviderEndpoint } from './provider-endpoint.js';

const SECRET = 'a-secret-for-tests';
const SETTINGS: ProviderSettings = {
  name: 'one',
  vendor: 'openai',
  apiKeys: [SECRET, 'another-secret'],
  apiKeysGiven: true,
  apiKeyVariable: 'ONE_API_KEY',
  models: [],
  timeoutMs: 30_000,
  firstTokenTimeoutMs: 1,
  idleTimeoutMs: 30_000,
  connectTimeoutMs: 5000,
  maxConnectionAgeMs: 300_000,
  maxRetries: 2,
  headers: {},
  prices: {},
  allowLinkLocal: false,
};

function endpoint(
  settings: Partial<ProviderSettings> = {},
  adapter: ProviderAdapter = new OpenaiAdapter(),
): ProviderEndpoint {
  return new ProviderEndpoint({ ...SETTINGS, ...settings }, adapter);
}

describe('the keys of a provider', () => {
  test('are named by a hint that is the same each time and tells nothing', () => {
    const [first, second] = endpoint().keys;
    expect(first?.hint).toMatch(/^[0-9a-f]{8}$/);
    expect(first?.hint).toBe(endpoint().keys[0]?.hint);
    expect(first?.hint).not.toBe(second?.hint);
    expect(SECRET).not.toContain(first?.hint);
  });

  test('show in no dump of a key', () => {
    const key = endpoint().keys[0]!;
    const dumps = [
      JSON.stringify(key),
      inspect(key, { depth: null, showHidden: true }),
      JSON.stringify(Object.entries(key)),
    ];
    for (const dump of dumps) expect(dump).not.toContain(SECRET);
    expect(key.headers['authorization']).toBe(`Bearer ${SECRET}`);
  });

  test('show in no dump of a whole endpoint', () => {
    const whole = endpoint();
    expect(JSON.stringify(whole)).not.toContain(SECRET);
    expect(inspect(whole, { depth: null })).not.toContain(SECRET);
  });

  test('go out in the header of the vendor, beside headers of the file', () => {
    const settings = { headers: { 'X-Team': 'blue', 'User-Agent': 'ours' } };
    expect(endpoint(settings).keys[0]?.headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'ours',
      'x-team': 'blue',
      authorization: `Bearer ${SECRET}`,
    });
    expect(endpoint({}, new AnthropicAdapter()).keys[0]?.headers).toMatchObject({ 'x-api-key': SECRET });
  });
});

describe('whether a provider can be called', () => {
  test('with a key it can', () => {
    expect(endpoint().unusable).toBeUndefined();
  });

  test('without one it says which variable to set', () => {
    expect(endpoint({ apiKeys: [] }).unusable).toBe('not configured: set ONE_API_KEY');
  });

  test('where no key is needed it can without, and sends no authorization', () => {
    const local = endpoint({ vendor: 'ollama', apiKeys: [] }, new OpenaiCompatibleAdapter(PRESETS));
    expect(local.unusable).toBeUndefined();
    expect(local.keys).toHaveLength(1);
    expect(local.keys[0]?.hint).toBe('none');
    expect(local.keys[0]?.headers).not.toHaveProperty('authorization');
  });

  test('without an address it cannot', () => {
    const homeless = endpoint({ vendor: 'vllm' }, new OpenaiCompatibleAdapter(PRESETS));
    expect(homeless.unusable).toBe('not configured: set base_url');
  });
});

describe('what a provider serves', () => {
  test.each<[string, Partial<ProviderSettings>, string, string[], string[], string[]]>([
    [
      'nothing said: the default of the vendor',
      {},
      'gpt-4o-mini',
      ['gpt-4o-mini'],
      ['gpt-4o-mini'],
      ['gpt-4o'],
    ],
    ['a model', { model: 'm' }, 'm', ['m'], ['m'], ['gpt-4o-mini']],
    ['models: the first is the default', { models: ['a', 'b'] }, 'a', ['a', 'b'], ['a', 'b'], ['c']],
    ['a pattern is no default', { models: ['x-*', 'b'] }, 'b', ['b'], ['x-1', 'b'], ['c']],
    ['both', { model: 'b', models: ['a', 'b'] }, 'b', ['b', 'a'], ['a', 'b'], ['c']],
    ['everything', { model: 'm', models: ['*'] }, 'm', ['m'], ['m', 'any/thing'], []],
  ])('%s', (_name, settings, defaultModel, names, served, refused) => {
    const made = endpoint(settings);
    expect(made.defaultModel).toBe(defaultModel);
    expect(made.modelNames).toEqual(names);
    for (const model of served) expect([model, made.serves(model)]).toEqual([model, true]);
    for (const model of refused) expect([model, made.serves(model)]).toEqual([model, false]);
  });

  test('an address of the file goes before that of the vendor', () => {
    expect(endpoint().baseUrl).toBe('https://api.openai.com/v1');
    expect(endpoint({ baseUrl: 'http://127.0.0.1:1/v1' }).baseUrl).toBe('http://127.0.0.1:1/v1');
  });
});

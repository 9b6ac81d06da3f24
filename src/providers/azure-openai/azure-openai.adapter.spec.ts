import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProviderSettings } from '../../config/gateway-settings.js';
import { AzureOpenaiAdapter } from './azure-openai.adapter.js';

const adapter = new AzureOpenaiAdapter();
const settings = (apiVersion?: string): ProviderSettings => ({
  name: 'azure',
  vendor: 'azure-openai',
  apiKeys: [],
  apiKeysGiven: false,
  apiKeyVariable: 'AZURE_OPENAI_API_KEY',
  models: [],
  timeoutMs: 1,
  firstTokenTimeoutMs: 1,
  idleTimeoutMs: 1,
  connectTimeoutMs: 1,
  maxConnectionAgeMs: 300_000,
  maxRetries: 0,
  headers: {},
  prices: {},
  allowLinkLocal: false,
  apiVersion,
});

describe('the adapter of Azure', () => {
  it.each([
    ['https://n.openai.azure.com', undefined, '/openai/v1/chat/completions'],
    ['https://n.openai.azure.com/openai', undefined, '/openai/v1/chat/completions'],
    ['https://n.openai.azure.com/openai/v1', undefined, '/openai/v1/chat/completions'],
    [
      'https://n.openai.azure.com',
      '2024-10-21',
      '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    ],
  ])('calls %s with api_version %s at %s', (baseUrl, apiVersion, path) => {
    expect(adapter.chatUrl(baseUrl, 'my gpt', false, settings(apiVersion))).toBe(
      `https://n.openai.azure.com${path}`,
    );
  });

  it('makes embeddings at the same resource', () => {
    const url = adapter.embeddings.url('https://n.openai.azure.com', 'e', settings('1'));
    expect(url).toBe('https://n.openai.azure.com/openai/deployments/e/embeddings?api-version=1');
  });

  it('sends the key as Azure wants it', () => {
    expect(adapter.authHeaders('k')).toEqual({ 'api-key': 'k' });
  });
});

const folder = join(resolve(process.env['SLUICE_RECORDINGS'] ?? '../shared/recordings'), 'azure');

describe.skipIf(!existsSync(folder))('recorded traffic of Azure', () => {
  it.each([
    ['err-400-content-filter', 'content_policy', undefined],
    ['err-401', 'credentials', undefined],
    ['err-404-deployment', 'model_not_found', undefined],
    ['err-429', 'rate_limit', 1000],
  ])('%s is %s', (name, kind, retryAfterMs) => {
    const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8');
    const meta = JSON.parse(read('meta.json')) as {
      status: number;
      response_headers: Record<string, string>;
    };
    const error = adapter.format.decodeError({
      status: meta.status,
      headers: meta.response_headers,
      body: read('response.json'),
      now: 0,
    });
    expect(error.kind).toBe(kind);
    expect(error.retryAfterMs).toBe(retryAfterMs);
  });

  const answers = existsSync(folder)
    ? readdirSync(folder).filter((name) => /^(?:chat-plain|tool-call)/.test(name))
    : [];
  it.each(answers.filter((name) => existsSync(join(folder, name, 'response.json'))))(
    '%s is an answer',
    (name) => {
      const result = adapter.format.decodeResponse(readFileSync(join(folder, name, 'response.json'), 'utf8'));
      expect(result.choices[0]?.content.length).toBeGreaterThan(0);
      expect(result.usage?.inputTokens).toBeGreaterThan(0);
      expect(result.choices[0]?.finish.reason).toBe(name.startsWith('tool') ? 'tool_calls' : 'stop');
    },
  );
});

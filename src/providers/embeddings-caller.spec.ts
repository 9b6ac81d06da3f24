import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../common/clock.js';
import { EventLoopTurn } from '../common/event-loop-turn.js';
import { StreamTurns } from '../common/stream-turns.js';
import type { ProviderSettings } from '../config/gateway-settings.js';
import type { JsonObject } from '../contract/json.js';
import { decodeEmbeddingsRequest } from '../formats/openai-embeddings/decode-request.js';
import { AnthropicAdapter } from './anthropic/anthropic.adapter.js';
import { EmbeddingsCaller, type EmbeddingsAnswer } from './embeddings-caller.js';
import { GeminiAdapter } from './gemini/gemini.adapter.js';
import { UpstreamClient } from './http/upstream-client.js';
import { JsonCaller } from './json-caller.js';
import { UpstreamPools } from './http/upstream-pools.js';
import { OpenaiAdapter } from './openai/openai.adapter.js';
import type { ProviderAdapter } from './provider-adapter.js';
import { ProviderEndpoint, type ProviderKey } from './provider-endpoint.js';

interface Seen {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: JsonObject;
}

let answer: (response: ServerResponse) => void = () => undefined;
let seen: Seen | undefined;
let closed = 0;
const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  request.on('end', () => {
    seen = { path: request.url, headers: request.headers, body: JSON.parse(text) as JsonObject };
    answer(response);
  });
  response.on('close', () => {
    if (!response.writableEnded) closed += 1;
  });
});
const pools = new UpstreamPools();
const clock = new SystemClock();
const caller = new EmbeddingsCaller(
  new JsonCaller(new UpstreamClient(pools, new StreamTurns(new EventLoopTurn(clock), clock), clock), clock),
);
let baseUrl = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(async () => {
  await pools.onApplicationShutdown();
  server.closeAllConnections();
  server.close();
});

async function call(
  adapter: ProviderAdapter,
  options: { body?: JsonObject; signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<EmbeddingsAnswer> {
  const [vendor = ''] = adapter.vendors;
  const settings: ProviderSettings = {
    name: 'p',
    vendor,
    baseUrl,
    apiKeys: ['secret'],
    apiKeysGiven: true,
    apiKeyVariable: 'X',
    models: [],
    timeoutMs: options.timeoutMs ?? 5000,
    firstTokenTimeoutMs: 5000,
    idleTimeoutMs: 5000,
    connectTimeoutMs: 5000,
    maxConnectionAgeMs: 300_000,
    maxRetries: 0,
    headers: {},
    prices: {},
    allowLinkLocal: false,
  };
  const endpoint = new ProviderEndpoint(settings, adapter);
  const json = options.body ?? { input: 'a', model: 'auto' };
  const request = decodeEmbeddingsRequest({ text: JSON.stringify(json), json });
  const [key] = endpoint.keys as [ProviderKey];
  return caller.call({
    endpoint,
    model: 'e',
    key,
    request,
    signal: options.signal ?? new AbortController().signal,
  });
}

const openai = new OpenaiAdapter();
const sendJson = (status: number, body: unknown) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

describe('the caller of embeddings', () => {
  it('asks OpenAI and gives the answer with its text', async () => {
    const body = { data: [{ embedding: 'AAAA', index: 0 }], model: 'e-1', usage: { prompt_tokens: 3 } };
    answer = sendJson(200, body);
    expect(await call(openai)).toEqual({
      original: { format: 'openai-embeddings', text: JSON.stringify(body) },
      model: 'e-1',
      count: 1,
      usage: { inputTokens: 3 },
      dropped: [],
    });
    expect(seen).toMatchObject({
      path: '/embeddings',
      headers: { authorization: 'Bearer secret' },
      body: { input: 'a', model: 'e' },
    });
  });

  it('asks Gemini and says what was left out', async () => {
    answer = sendJson(200, { embeddings: [{ values: [1, 2] }] });
    const result = await call(new GeminiAdapter(), { body: { input: 'a', user: 'u' } });
    expect(result).toMatchObject({ count: 1, vectors: [[1, 2]], dropped: ['user'] });
    expect(seen).toMatchObject({
      path: '/models/e:batchEmbedContents',
      headers: { 'x-goog-api-key': 'secret' },
    });
  });

  it('fails with what the vendor refused', async () => {
    answer = sendJson(429, { error: { message: 'slow', code: 'rate_limit_exceeded' } });
    await expect(call(openai)).rejects.toMatchObject({
      facts: { type: 'vendor-error', inStream: false, error: { kind: 'rate_limit', status: 429 } },
    });
  });

  it('fails with what is no answer', async () => {
    answer = (response) => response.end('<html>');
    await expect(call(openai)).rejects.toMatchObject({ facts: { type: 'unreadable' } });
  });

  it('gives up in time', async () => {
    answer = () => undefined;
    await expect(call(openai, { timeoutMs: 20 })).rejects.toMatchObject({
      facts: { type: 'timeout', waitingFor: 'answer', milliseconds: 20 },
    });
  });

  it('closes the connection when the caller leaves, and opens none for one who has left', async () => {
    const leaving = new AbortController();
    const before = closed;
    answer = () => {
      leaving.abort();
    };
    await expect(call(openai, { signal: leaving.signal })).rejects.toMatchObject({
      facts: { type: 'caller-left' },
    });
    await expect.poll(() => closed).toBeGreaterThan(before);
    seen = undefined;
    await expect(call(openai, { signal: leaving.signal })).rejects.toMatchObject({
      facts: { type: 'caller-left' },
    });
    expect(seen).toBeUndefined();
  });

  it('refuses what the target cannot do before anything is sent', async () => {
    seen = undefined;
    await expect(call(new AnthropicAdapter())).rejects.toMatchObject({
      code: 'unsupported_parameter',
      param: 'model',
    });
    await expect(call(new GeminiAdapter(), { body: { input: [1] } })).rejects.toMatchObject({
      param: 'input',
    });
    expect(seen).toBeUndefined();
  });
});

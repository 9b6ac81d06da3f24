import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { RawClient } from '../support/raw-client.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { model: 'auto', max_tokens: 20, messages: [{ role: 'user' as const, content: 'hi' }] };
const POSTED = ['chat', 'chat/completions', 'responses', 'messages', 'messages/count_tokens', 'embeddings'];
const GOT = ['models', 'models/auto', 'key', 'dashboard/billing/usage'];
/** What clients make of a base URL with or without `/v1`, with or without a slash at its end. */
const PREFIXES = ['', '/v1', '/v1/v1', '/v1/v1/v1', '//v1', '/v1/', '/'];
const BODIES: Readonly<Record<string, object>> = {
  responses: { model: 'auto', input: 'hi' },
  embeddings: { model: 'openai/text-embedding-3-small', input: 'hi' },
};

describe('base URLs', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key], models: [gpt-4o-mini, text-embedding-3-small] }]`,
    });
  });

  afterEach(() => vendor.clear());

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  test.each(PREFIXES)('every path of the API is served behind %j', async (prefix) => {
    for (const path of POSTED) {
      const { status } = await postJson(`${gateway.url}${prefix}/${path}`, BODIES[path] ?? QUESTION);
      expect(status, `POST ${prefix}/${path}`).toBe(200);
    }
    for (const path of GOT) {
      expect((await getJson(`${gateway.url}${prefix}/${path}?limit=1`)).status, path).toBe(200);
    }
  });

  test.each(['', '/v1', '/v1/'])('the SDKs work with %j at the end of the base URL', async (ending) => {
    const baseURL = `${gateway.url}${ending}`;
    const openai = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
    expect((await openai.chat.completions.create(QUESTION)).choices).toHaveLength(1);
    const anthropic = new Anthropic({ baseURL, apiKey: 'none', maxRetries: 0 });
    expect((await anthropic.messages.create(QUESTION)).content).toHaveLength(1);
  });

  test('a whole URL in the request line is one too', async () => {
    const client = await RawClient.open(gateway.url);
    const body = JSON.stringify(QUESTION);
    client.send(
      `POST ${gateway.url}/chat/completions?x=1 HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
    );
    await expect.poll(() => client.isClosed).toBe(true);
    expect(client.status).toBe(200);
  });

  test('errors come in the format of the endpoint, however it is spelt', async () => {
    expect((await postJson(`${gateway.url}/chat`, {})).body).toMatchObject({
      details: expect.any(Array) as [],
    });
    expect((await postJson(`${gateway.url}/v1/v1/messages`, {})).body).toMatchObject({ type: 'error' });
    expect((await postJson(`${gateway.url}/chat/completions`, {})).body).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
  });

  test.each([
    ['/api/chat/completions', '/v1/chat/completions'],
    ['/openai/v2/chat/completions', '/v1/chat/completions'],
    ['/api/v1/responses', '/v1/responses'],
    ['/v1/chat/completion', '/v1/chat/completions'],
    ['/v1/embedings', '/v1/embeddings'],
  ])('POST %s is 404 in the format of OpenAI with the base URL, and %s is meant', async (path, meant) => {
    const { status, body } = await postJson(`${gateway.url}${path}`, QUESTION);
    expect(status).toBe(404);
    expect(body).toEqual({
      error: {
        message: `There is no POST ${path}. Did you mean ${meant}? The base URL for clients of OpenAI's API is ${gateway.url}/v1.`,
        type: 'invalid_request_error',
        param: null,
        code: 'not_found',
      },
    });
  });

  test.each(['/anthropic/v1/messages', '/api/messages', '/v1/messages/counttokens'])(
    'POST %s is 404 in the format of Anthropic with the base URL',
    async (path) => {
      const { status, body } = await postJson(`${gateway.url}${path}`, QUESTION);
      expect(status).toBe(404);
      expect(body).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
      expect(JSON.stringify(body)).toContain(`Anthropic's API is ${gateway.url}, without /v1.`);
    },
  );

  test('another method is 405 with those that there are', async () => {
    const chat = await getJson(`${gateway.url}/v1/chat/completions`);
    expect([chat.status, chat.headers.get('allow')]).toEqual([405, 'POST']);
    const models = await postJson(`${gateway.url}/v1/models`, {});
    expect([models.status, models.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('a host that is none is not repeated', async () => {
    const client = await RawClient.open(gateway.url);
    client.send('GET /none HTTP/1.1\r\nhost: "><script>\r\nconnection: close\r\n\r\n');
    await expect.poll(() => client.isClosed).toBe(true);
    expect(client.status).toBe(404);
    expect(client.received).not.toContain('script');
  });

  test('whatever path is asked, the answer is an error of the caller in one of the formats', async () => {
    const segment = fc.oneof(
      fc.constantFrom('v1', 'chat', 'messages', 'models', 'api', '%', '%zz', '..', ':', '*', 'a'.repeat(400)),
      fc.webSegment(),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { maxLength: 6 }),
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
        async (segments, method) => {
          const client = await RawClient.open(gateway.url);
          const path = `/x/${segments.join('/')}`;
          client.send(
            `${method} ${path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
          );
          await expect.poll(() => client.isClosed, { interval: 2 }).toBe(true);
          expect([400, 404]).toContain(client.status);
          expect(client.body).toMatchObject({ error: { type: expect.any(String) as string } });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('GET / tells where things are, and sends a browser to the documentation', async () => {
    const { status, body } = await getJson(gateway.url);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      base_urls: { openai: `${gateway.url}/v1`, anthropic: gateway.url },
      docs: '/docs',
    });
    const browser = await fetch(gateway.url, {
      headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
      redirect: 'manual',
    });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/docs']);
  });
});

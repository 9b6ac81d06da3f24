import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson, postStream, type JsonAnswer } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const GENERATED_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

interface ExpectedError {
  readonly message: RegExp | string;
  readonly code: string;
  readonly type: string;
  readonly param?: string | null;
}

describe('errors in the format of the caller', () => {
  const clock = new ManualClock();
  let vendor: Simulator;
  let backup: Simulator;
  let gateway: RunningGateway;

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    backup = await startSimulator({ format: 'anthropic' });
    gateway = await startGateway({
      clock,
      yaml: `
server: { body_limit: 64kb }
providers:
  - { name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key], max_retries: 0 }
  - { name: anthropic, vendor: anthropic, base_url: "${backup.url}/v1", api_keys: [vendor-key], max_retries: 0 }
`,
    });
  });

  afterEach(async () => {
    await Promise.all([vendor.clear(), backup.clear()]);
    clock.advance(10 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([vendor.close(), backup.close()]);
  });

  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    postJson(`${gateway.url}${path}`, body, headers);

  async function postBytes(
    path: string,
    body: Uint8Array,
    headers: Record<string, string>,
  ): Promise<JsonAnswer> {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: Uint8Array.from(body),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  function expectSimple(answer: JsonAnswer, status: number, message: RegExp | string): void {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({ error: matching(message), details: expect.any(Array) as unknown[] });
  }

  function expectOpenai(answer: JsonAnswer, status: number, expected: ExpectedError): void {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({
      error: {
        message: matching(expected.message),
        type: expected.type,
        param: expected.param ?? null,
        code: expected.code,
      },
    });
  }

  function expectAnthropic(answer: JsonAnswer, status: number, type: string): void {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({
      type: 'error',
      error: { type, message: matching(/./) },
      request_id: answer.headers.get('x-request-id'),
    });
  }

  describe('a path that does not exist', () => {
    test.each(['/v1/unknown', '/v1/chat/unknown', '/v1', '/none', '/v1/chat/completions/more'])(
      '%s answers as OpenAI does',
      async (path) => {
        const expected = { message: /\S/, code: 'not_found', type: 'invalid_request_error' };
        expectOpenai(await post(path, QUESTION), 404, expected);
        expectOpenai(await getJson(`${gateway.url}${path}`), 404, expected);
      },
    );

    test.each(['/v1/messages/unknown', '/v1/messages/batches/more'])(
      '%s answers as Anthropic does',
      async (path) => {
        expectAnthropic(await post(path, QUESTION), 404, 'not_found_error');
        expectAnthropic(await getJson(`${gateway.url}${path}`), 404, 'not_found_error');
      },
    );

    test('a path that cannot be decoded is the fault of the caller', async () => {
      const answer = await getJson(`${gateway.url}/v1/models/%zz`);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: { code: 'invalid_request' } });
    });

    test('a known path with another method is refused in its own format', async () => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const simple = await fetch(`${gateway.url}/v1/chat`, { method });
        expect([404, 405]).toContain(simple.status);
        expect(await simple.json()).toEqual({ error: matching(/\S/), details: [] });
        const openai = await fetch(`${gateway.url}/v1/chat/completions`, { method });
        expect([404, 405]).toContain(openai.status);
        expect(await openai.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
      }
    });
  });

  describe('a body that cannot be read', () => {
    const invalidJson = { code: 'invalid_json', type: 'invalid_request_error' };

    test.each(['{"messages":', 'hello', '{"messages": [}', "{'messages': []}", '{"a":1} {"b":2}'])(
      'malformed JSON %j is 400, and the message does not quote it',
      async (body) => {
        expectSimple(await post('/v1/chat', body), 400, /not valid JSON/);
        const openai = await post('/v1/chat/completions', body);
        expectOpenai(openai, 400, { ...invalidJson, message: /not valid JSON/ });
        expect(JSON.stringify(openai.body)).not.toContain('hello');
      },
    );

    test('an empty body is 400', async () => {
      expectSimple(await post('/v1/chat', ''), 400, 'The body is empty; a JSON object was expected');
      expectOpenai(await post('/v1/chat/completions', ''), 400, { ...invalidJson, message: /empty/ });
    });

    test('no body at all is 400', async () => {
      const response = await fetch(`${gateway.url}/v1/chat`, { method: 'POST' });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: matching(/empty/) });
    });

    test.each([
      ['[]', 'an array'],
      ['[{"messages":[]}]', 'an array'],
      ['"text"', 'a string'],
      ['5', 'a number'],
      ['true', 'a boolean'],
      ['null', 'null'],
    ])('%s is 400 and says what was found', async (body, found) => {
      const message = `The body must be a JSON object, found ${found}`;
      expectSimple(await post('/v1/chat', body), 400, message);
      expectOpenai(await post('/v1/chat/completions', body), 400, {
        message,
        code: 'invalid_request',
        type: 'invalid_request_error',
      });
    });

    test('an unknown content encoding is 415', async () => {
      const bytes = Buffer.from(JSON.stringify(QUESTION));
      const headers = { 'content-encoding': 'rot13' };
      expectSimple(await postBytes('/v1/chat', bytes, headers), 415, /encoding/);
      expectOpenai(await postBytes('/v1/chat/completions', bytes, headers), 415, {
        message: /encoding/,
        code: 'unsupported_media_type',
        type: 'invalid_request_error',
      });
      expectAnthropic(await postBytes('/v1/messages', bytes, headers), 415, 'invalid_request_error');
    });

    test('a body that is not compressed as it says is 400', async () => {
      const bytes = Buffer.from(JSON.stringify(QUESTION));
      const headers = { 'content-encoding': 'gzip' };
      expectSimple(
        await postBytes('/v1/chat', bytes, headers),
        400,
        /not compressed as its content-encoding says/,
      );
      expectOpenai(await postBytes('/v1/chat/completions', bytes, headers), 400, {
        message: /not compressed as its content-encoding says/,
        code: 'invalid_request',
        type: 'invalid_request_error',
      });
    });

    test('a compressed body is read', async () => {
      const bytes = gzipSync(JSON.stringify(QUESTION));
      expect((await postBytes('/v1/chat', bytes, { 'content-encoding': 'gzip' })).status).toBe(200);
    });

    test('any content type is read as JSON', async () => {
      expect((await post('/v1/chat', QUESTION, { 'content-type': 'text/plain' })).status).toBe(200);
    });
  });

  describe('a body larger than server.body_limit', () => {
    const withText = (bytes: number) => ({ messages: [{ role: 'user', content: 'x'.repeat(bytes) }] });

    test.each([65 * 1024, 8 * 1024 * 1024])('of %i bytes is 413 in every format', async (bytes) => {
      const body = withText(bytes);
      expectSimple(await post('/v1/chat', body), 413, /larger than the limit of 65536 bytes/);
      expectOpenai(await post('/v1/chat/completions', body), 413, {
        message: /larger than the limit of 65536 bytes/,
        code: 'request_too_large',
        type: 'invalid_request_error',
      });
      expectAnthropic(await post('/v1/messages', body), 413, 'request_too_large');
      expect(vendor.requests).toHaveLength(0);
    });

    test('a small body that unpacks to a large one is 413', async () => {
      const bytes = gzipSync(JSON.stringify(withText(1024 * 1024)));
      expect(bytes.length).toBeLessThan(64 * 1024);
      expectSimple(await postBytes('/v1/chat', bytes, { 'content-encoding': 'gzip' }), 413, /larger/);
    });

    test('a body just below it is served', async () => {
      expect((await post('/v1/chat', withText(60 * 1024))).status).toBe(200);
    });

    test('no part of a refused body is taken for the next request of its connection', async () => {
      const { hostname, port } = new URL(gateway.url);
      const head = 'HTTP/1.1\r\nhost: gateway\r\n';
      const body = 'GET /health/live '.repeat(6_000);
      const answers = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => {
          socket.write(
            `POST /v1/chat ${head}content-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n` +
              `${body}GET /health/live ${head}connection: close\r\n\r\n`,
          );
        });
        let text = '';
        socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
        socket.on('error', reject);
        socket.on('close', () => {
          resolve(text);
        });
      });
      // The connection may be closed or may serve on; either way each request has one answer at most.
      const statuses = [...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => match[1]);
      expect(['413', '413 200']).toContain(statuses.join(' '));
    });
  });

  describe('validation', () => {
    test.each<[string, object, string[]]>([
      ['no messages', {}, ['messages must be a non-empty array']],
      ['messages of another type', { messages: 'hi' }, ['messages']],
      ['a message that is no object', { messages: ['hi'] }, ['messages[0]']],
      ['an unknown role', { messages: [{ role: 'king', content: 'x' }] }, ['messages[0].role']],
      [
        'content of another type',
        {
          messages: [
            { role: 'user', content: 'a' },
            { role: 'user', content: 5 },
          ],
        },
        ['messages[1].content'],
      ],
      [
        'several at once',
        { messages: [{ role: 'user', content: 5 }], temperature: 'hot', max_tokens: -1, stream: 'yes' },
        ['messages[0].content', 'temperature', 'max_tokens', 'stream'],
      ],
    ])('%s: every field at fault is named, in both formats', async (_, body, fields) => {
      const simple = await post('/v1/chat', body);
      expectSimple(simple, 400, /./);
      const details = (simple.body as { details: string[] }).details;
      const openai = await post('/v1/chat/completions', body);
      expect(openai.status).toBe(400);
      expect(openai.body).toMatchObject({
        error: { code: 'invalid_request', type: 'invalid_request_error', param: matching(/^\w/) },
      });
      const { message } = (openai.body as { error: { message: string } }).error;
      for (const field of fields) {
        expect(details.join('\n')).toContain(field);
        expect(message).toContain(field);
      }
      expect(vendor.requests).toHaveLength(0);
    });

    test('an unknown model is 404 and the nearest names are given', async () => {
      const body = { ...QUESTION, model: 'gpt-4o-mimi' };
      expectSimple(await post('/v1/chat', body), 404, /gpt-4o-mini/);
      expectOpenai(await post('/v1/chat/completions', body), 404, {
        message: /gpt-4o-mini/,
        code: 'model_not_found',
        type: 'invalid_request_error',
        param: 'model',
      });
    });
  });

  describe('when vendors fail', () => {
    test('both formats say so, with a line for each provider', async () => {
      vendor.behave('status-500');
      backup.behave('status-529');
      expectSimple(await post('/v1/chat', QUESTION), 503, 'All providers failed');
      clock.advance(10 * 60_000);
      const openai = await post('/v1/chat/completions', QUESTION);
      expectOpenai(openai, 503, {
        message: 'All providers failed: openai: 500 Internal Server Error; anthropic: 529 Overloaded',
        code: 'upstream_unavailable',
        type: 'server_error',
      });
      expect(openai.headers.get('x-should-retry')).toBe('false');
      expect(openai.headers.get('x-sluice-attempts')).toBe('2');
    });

    test('everything cooling is 503 with retry-after, without a call', async () => {
      vendor.behave('status-503');
      backup.behave('status-503');
      await post('/v1/chat', QUESTION);
      clock.advance(20_000);
      const openai = await post('/v1/chat/completions', QUESTION);
      expect(openai.status).toBe(503);
      expect(openai.headers.get('retry-after')).toBe('40');
      expect(openai.headers.get('x-sluice-attempts')).toBe('0');
      expect(vendor.requests).toHaveLength(1);
    });

    test('everything rate limited is 429 with retry-after', async () => {
      vendor.behave('status-429;retry-after=50');
      backup.behave('status-429;retry-after=30');
      await post('/v1/chat/completions', QUESTION);
      const openai = await post('/v1/chat/completions', QUESTION);
      expect(openai.status).toBe(429);
      expect(openai.headers.get('retry-after')).toBe('30');
      expect(openai.body).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } });
    });

    test('refused vendor keys are 502 and never 401', async () => {
      vendor.behave('status-401');
      backup.behave('status-401');
      const openai = await post('/v1/chat/completions', QUESTION);
      expect(openai.status).toBe(502);
      expect(openai.body).toMatchObject({ error: { code: 'upstream_credentials_exhausted' } });
    });
  });

  describe('response headers', () => {
    test('x-request-id is made for each request', async () => {
      const first = (await post('/v1/chat', QUESTION)).headers.get('x-request-id');
      const second = (await post('/v1/chat', QUESTION)).headers.get('x-request-id');
      expect(first).toMatch(GENERATED_ID);
      expect(second).toMatch(GENERATED_ID);
      expect(first).not.toBe(second);
    });

    test.each(['my-id-1', 'req_01ABC', 'a/b:c=d@e+f.g', 'x'.repeat(128)])(
      "the caller's own well-formed id %j comes back",
      async (id) => {
        const headers = { 'x-request-id': id };
        expect((await post('/v1/chat', QUESTION, headers)).headers.get('x-request-id')).toBe(id);
        expect((await post('/v1/chat', {}, headers)).headers.get('x-request-id')).toBe(id);
        expect((await post('/v1/none', {}, headers)).headers.get('x-request-id')).toBe(id);
        const stream = await postStream(`${gateway.url}/v1/chat`, { ...QUESTION, stream: true }, headers);
        expect(stream.headers.get('x-request-id')).toBe(id);
      },
    );

    test.each(['', 'two words', 'x'.repeat(129), '<script>', '{"a":1}'])(
      'an id that is not well-formed (%j) is replaced',
      async (id) => {
        const { headers } = await post('/v1/chat', QUESTION, { 'x-request-id': id });
        expect(headers.get('x-request-id')).toMatch(GENERATED_ID);
      },
    );

    test('an answer says who served, how many calls it took and what it cost', async () => {
      vendor.setAnswer({ usage: { input: 9, output: 12 }, servedModel: 'gpt-4o-mini-2024-07-18' });
      for (const path of ['/v1/chat', '/v1/chat/completions']) {
        const { headers } = await post(path, QUESTION);
        expect(sluiceHeaders(headers)).toEqual({
          'x-sluice-provider': 'openai',
          'x-sluice-model': 'gpt-4o-mini-2024-07-18',
          'x-sluice-attempts': '1',
          'x-sluice-cache': 'bypass',
          'x-sluice-cost-usd': '0.00000855',
        });
      }
    });

    test('a stream says the same but for the cost, which is not known yet', async () => {
      vendor.behave('status-500');
      for (const path of ['/v1/chat', '/v1/chat/completions']) {
        const { headers } = await postStream(`${gateway.url}${path}`, { ...QUESTION, stream: true });
        expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
        expect(headers.get('cache-control')).toBe('no-cache');
        expect(sluiceHeaders(headers)).toEqual({
          'x-sluice-provider': 'anthropic',
          'x-sluice-model': 'claude-haiku-4-5',
          'x-sluice-attempts': '2',
          'x-sluice-cache': 'bypass',
        });
        clock.advance(10 * 60_000);
      }
    });

    test('an error says who was asked last and how many calls were made', async () => {
      vendor.behave('status-500');
      backup.behave('status-500');
      const { headers } = await post('/v1/chat', QUESTION);
      expect(sluiceHeaders(headers)).toEqual({
        'x-sluice-provider': 'anthropic',
        'x-sluice-model': 'claude-haiku-4-5',
        'x-sluice-attempts': '2',
        'x-sluice-cache': 'bypass',
      });
    });

    test('an error before any call says that none was made', async () => {
      const { headers } = await post('/v1/chat', {});
      expect(sluiceHeaders(headers)).toEqual({ 'x-sluice-attempts': '0', 'x-sluice-cache': 'bypass' });
    });

    test('nothing names the software behind the gateway, and no header of the vendor comes through', async () => {
      vendor.setAnswer({ headers: { 'x-vendor-account': 'org-1', 'set-cookie': 'vendor=1' } });
      const { headers } = await post('/v1/chat', QUESTION);
      for (const name of ['x-powered-by', 'etag', 'server', 'x-vendor-account', 'set-cookie']) {
        expect(headers.get(name), name).toBeNull();
      }
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    });
  });
});

function matching(message: RegExp | string): string {
  return typeof message === 'string' ? message : (expect.stringMatching(message) as string);
}

function sluiceHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-sluice-')));
}

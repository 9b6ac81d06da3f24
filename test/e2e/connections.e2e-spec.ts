import { afterEach, describe, expect, test, vi } from 'vitest';
import { rawAnswer, startRawVendor, type RawRequest, type RawVendor } from '../support/raw-vendor.js';
import { getJson, postJson, postStream } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** What connections to vendors do by themselves: they close at any moment, grow old, and say more than was asked. */

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };

let vendor: RawVendor;
let gateway: RunningGateway;

afterEach(async () => {
  await gateway.close();
  await vendor.close();
});

async function start(serve: (request: RawRequest) => void, provider: object = {}): Promise<void> {
  vendor = await startRawVendor(serve);
  const providers = [
    {
      name: 'one',
      vendor: 'openai',
      base_url: `${vendor.url}/v1`,
      api_keys: ['key'],
      model: 'small',
      max_retries: 0,
      ...provider,
    },
  ];
  gateway = await startGateway({ yaml: JSON.stringify({ providers }) });
}

const ask = () => postJson(`${gateway.url}/v1/chat/completions`, QUESTION);
const stream = () => postStream(`${gateway.url}/v1/chat/completions`, { ...QUESTION, stream: true });
const lastFailure = async (): Promise<unknown> => {
  const { body } = await getJson(`${gateway.url}/health`);
  return (body as { details: { one: { last_fail: unknown } } }).details.one.last_fail;
};

describe('a reused connection that closes before a byte of the answer', () => {
  const CLOSINGS: readonly (readonly [how: string, close: (request: RawRequest) => void])[] = [
    ['ends', ({ socket }) => socket.end()],
    ['is reset', ({ socket }) => socket.resetAndDestroy()],
  ];

  test.each(CLOSINGS)(
    '600 calls, while each connection %s at its next request: none fails',
    async (_, close) => {
      await start((request) => {
        if (request.place === 1) request.socket.write(rawAnswer(request));
        else close(request);
      });
      const statuses = new Map<number, number>();
      const note = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const lanes = Array.from({ length: 10 }, async (_lane, lane) => {
        for (let call = 0; call < 60; call++) {
          if ((call + lane) % 2 === 0) {
            const { status, headers } = await ask();
            note(status);
            expect(headers.get('x-sluice-attempts')).toBe('1');
          } else {
            const { status, text } = await stream();
            note(status);
            expect(text).toContain('[DONE]');
          }
        }
      });
      await Promise.all(lanes);
      expect(statuses).toEqual(new Map([[200, 600]]));
      expect(vendor.requests.length).toBeGreaterThan(700);
      expect(await lastFailure()).toBeNull();
    },
  );

  test('is repeated once: a new connection that closes likewise is an ordinary failure', async () => {
    let isClosing = false;
    await start((request) => {
      if (isClosing) request.socket.end();
      else request.socket.write(rawAnswer(request));
    });
    expect((await ask()).status).toBe(200);
    isClosing = true;
    const { status, body } = await ask();
    expect(status).toBe(502);
    expect(JSON.stringify(body)).toContain('connection reset');
    expect(vendor.requests.map(({ place }) => place)).toEqual([1, 2, 1]);
    expect(await lastFailure()).not.toBeNull();
  });

  test('does not repeat over another connection that may have gone stale too', async () => {
    const waiting: RawRequest[] = [];
    let isClosing = false;
    await start((request) => {
      if (isClosing && request.place > 1) request.socket.end();
      else if (isClosing) request.socket.write(rawAnswer(request));
      else waiting.push(request);
    });
    const first = Array.from({ length: 5 }, ask);
    await vi.waitFor(() => {
      expect(waiting).toHaveLength(5);
    });
    for (const request of waiting) request.socket.write(rawAnswer(request));
    await Promise.all(first);
    isClosing = true;
    expect((await ask()).status).toBe(200);
    expect(vendor.requests.slice(5).map(({ place }) => place)).toEqual([2, 1]);
  });

  test.each([
    ['a byte', 'H'],
    ['part of a head', 'HTTP/1.1 200 OK\r\ncontent-ty'],
    ['an interim head', 'HTTP/1.1 100 Continue\r\n\r\n'],
    [
      'part of a body',
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{"id":',
    ],
  ])('after %s it is an ordinary failure, and the vendor gets no request twice', async (_, begin) => {
    let isCutting = false;
    await start((request) => {
      if (isCutting) request.socket.end(begin);
      else request.socket.write(rawAnswer(request));
    });
    expect((await ask()).status).toBe(200);
    isCutting = true;
    expect((await ask()).status).toBe(502);
    expect(vendor.requests).toHaveLength(2);
  });

  test('a first connection that closes is an ordinary failure', async () => {
    await start(({ socket }) => socket.end());
    expect((await ask()).status).toBe(502);
    expect(vendor.requests).toHaveLength(1);
  });
});

describe('the age of a connection', () => {
  test('one that is older than max_connection_age serves no further request', async () => {
    await start((request) => request.socket.write(rawAnswer(request)), { max_connection_age: '50ms' });
    expect((await ask()).status).toBe(200);
    await vi.waitFor(
      async () => {
        expect((await ask()).status).toBe(200);
        expect(vendor.connections).toBeGreaterThan(3);
      },
      { timeout: 10_000, interval: 20 },
    );
  });

  test('one that is younger serves on', async () => {
    await start((request) => request.socket.write(rawAnswer(request)));
    for (let call = 0; call < 5; call++) expect((await ask()).status).toBe(200);
    expect(vendor.connections).toBe(1);
  });
});

describe('heads that nobody asked for', () => {
  const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
  const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n';
  const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n';
  const BEFORE: readonly (readonly [what: string, heads: string])[] = [
    ['100', CONTINUE],
    ['102', PROCESSING],
    ['103', HINTS],
    ['100 with headers', 'HTTP/1.1 100 Continue\r\nserver: x\r\ncontent-length: 0\r\n\r\n'],
    ['100 of HTTP/1.0', 'HTTP/1.0 100 Continue\r\n\r\n'],
    ['several', CONTINUE + HINTS + CONTINUE + PROCESSING],
  ];

  test.each(BEFORE)('%s before the answer is read over, in one piece', async (_, heads) => {
    await start((request) => request.socket.write(heads + rawAnswer(request)));
    for (let call = 0; call < 2; call++) {
      expect((await ask()).body).toMatchObject({ choices: [{ message: { content: 'hello' } }] });
      expect((await stream()).text).toContain('[DONE]');
    }
    expect(vendor.connections).toBe(1);
  });

  test.each(BEFORE)('%s before the answer is read over, byte by byte', async (_, heads) => {
    await start((request) => {
      const bytes = heads + rawAnswer(request);
      const cut = heads.length + 20;
      const write = (at: number): void => {
        if (at === cut) request.socket.write(bytes.slice(cut));
        else {
          request.socket.write(bytes.charAt(at), () =>
            setImmediate(() => {
              write(at + 1);
            }),
          );
        }
      };
      request.socket.setNoDelay();
      write(0);
    });
    expect((await ask()).status).toBe(200);
    expect((await stream()).text).toContain('[DONE]');
    expect(vendor.connections).toBe(1);
  });

  test('a head of nearly 64 KB is read', async () => {
    await start((request) =>
      request.socket.write(
        rawAnswer(request, [`x-policy: ${'p'.repeat(40_000)}`, `x-more: ${'m'.repeat(24_000)}`]),
      ),
    );
    expect((await ask()).status).toBe(200);
    expect((await stream()).status).toBe(200);
  });
});

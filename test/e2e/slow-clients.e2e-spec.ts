import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SettingsHolder } from '../../src/config/settings-holder.js';
import { ConnectionBook } from '../../src/server/connection-book.js';
import { readSentBytes } from '../../src/server/read-sent-bytes.js';
import { Load } from '../../src/telemetry/load.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson } from '../support/http.js';
import { ManualClock } from '../support/manual-clock.js';
import { RawClient } from '../support/raw-client.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 10 };
/** The watch looks at all connections this often. */
const SWEEP_MS = 5_000;

describe('slow callers', () => {
  let clock: ManualClock;
  let vendor: Simulator;
  let gateway: RunningGateway;
  let clients: RawClient[];

  const open = async (): Promise<RawClient> => {
    const client = await RawClient.open(gateway.url);
    clients.push(client);
    return client;
  };
  const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });
  const inFlight = (): number => gateway.app.get(Load).inFlight;
  const sockets = (): Socket[] => [...gateway.app.get(ConnectionBook).entries()].map(([socket]) => socket);
  const bytesRead = (): number => Math.max(0, ...sockets().map((socket) => socket.bytesRead));
  const start = async (server = ''): Promise<void> => {
    gateway = await startGateway({
      clock,
      yaml: `
server: { ${server} }
providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [key], timeout: 10h, idle_timeout: 10h }]
`,
    });
  };
  /** Lets time pass, with these bytes coming in before each sweep. */
  const passWhile = async (sweeps: number, client: RawClient, bytes: number): Promise<void> => {
    for (let index = 0; index < sweeps && !client.isClosed; index++) {
      const before = bytesRead();
      if (bytes > 0) {
        client.send('x'.repeat(bytes));
        await until(() => expect(bytesRead()).toBe(before + bytes));
      }
      clock.advance(SWEEP_MS);
    }
  };

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
  });

  beforeEach(() => {
    clock = new ManualClock();
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.close();
    await gateway.close();
    await vendor.clear();
  });

  afterAll(() => vendor.close());

  describe('that send', () => {
    test('a body one byte a second are answered with 408 in their format after ten seconds, and hold nothing', async () => {
      await start();
      const client = await open();
      client.sendHead('/v1/messages', { 'content-length': '1000' });
      await until(() => expect(inFlight()).toBe(1));
      await passWhile(2, client, 5);
      await client.closed();
      expect(client.status).toBe(408);
      expect(client.received).toMatch(/x-request-id: [\w-]{36}/);
      expect(client.body).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
      await until(() => expect(inFlight()).toBe(0));
      expect(gateway.logs.matching({ message: 'caller dropped: its request does not come' })).toHaveLength(1);
    });

    test('nothing more of a body that came fast are dropped after server.stalled_client_timeout', async () => {
      await start();
      const client = await open();
      client.sendHead('/v1/chat', { 'content-length': '2000000' });
      await until(() => expect(inFlight()).toBe(1));
      await passWhile(1, client, 1_000_000);
      await passWhile(11, client, 0);
      expect(client.isClosed).toBe(false);
      await passWhile(2, client, 0);
      await client.closed();
      expect(client.status).toBe(408);
      expect(client.body).toMatchObject({ error: expect.stringContaining('too slowly') as string });
    });

    test('a body slowly but surely are served', async () => {
      await start();
      const client = await open();
      const body = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(100_000) }] });
      const piece = 6_000;
      client.sendHead('/v1/chat', { 'content-length': String(body.length) });
      await until(() => expect(inFlight()).toBe(1));
      for (let at = 0; at < body.length; at += piece) {
        const before = bytesRead();
        const text = body.slice(at, at + piece);
        client.send(text);
        await until(() => expect(bytesRead()).toBe(before + text.length));
        clock.advance(SWEEP_MS);
      }
      await client.receives('"provider":"openai"');
      expect(client.status).toBe(200);
    });

    test('a refused body that never comes lose their connection', async () => {
      await start('max_in_flight: 1');
      vendor.behave('silent');
      const first = await open();
      first.post('/v1/chat', QUESTION);
      await until(() => expect(inFlight()).toBe(1));
      const client = await open();
      client.sendHead('/v1/chat', { 'content-length': '1000' });
      await client.receives('server.max_in_flight');
      await passWhile(4, client, 0);
      await client.closed();
      expect(first.isClosed).toBe(false);
    });

    test('a request whose answer takes the vendor an hour are left alone', async () => {
      await start();
      vendor.behave('silent');
      const client = await open();
      client.post('/v1/chat', QUESTION);
      await vendor.waitForRequest(1);
      clock.advance(3_600_000);
      expect(client.isClosed).toBe(false);
      expect(inFlight()).toBe(1);
    });
  });

  describe('that do not read', { timeout: 60_000 }, () => {
    const PIECES = 160;
    /** More than the buffers of the operating system take. */
    const LONG = 'word '.repeat(3_200_000);

    /** A stream whose caller has stopped reading, up to where nothing moves any more. */
    const openBlocked = async (): Promise<{ client: RawClient; socket: Socket }> => {
      vendor.setAnswer({ answer: LONG, chunks: PIECES });
      const client = await open();
      client.pause();
      client.post('/v1/chat/completions', { ...QUESTION, stream: true });
      let socket: Socket | undefined;
      let sent = -1;
      await vi.waitFor(
        () => {
          socket = sockets().find((one) => one.writableLength > 0);
          expect(socket).toBeDefined();
          const before = sent;
          sent = readSentBytes(socket!);
          expect(sent).toBe(before);
        },
        { timeout: 15_000, interval: 100 },
      );
      return { client, socket: socket! };
    };

    test('are dropped after server.stalled_client_timeout, the vendor with them', async () => {
      await start('stalled_client_timeout: 30s');
      const { client } = await openBlocked();
      clock.advance(SWEEP_MS);
      clock.advance(25_000);
      expect(inFlight()).toBe(1);
      clock.advance(SWEEP_MS);
      await until(() => expect(inFlight()).toBe(0));
      await vendor.waitForCallerClose();
      client.resume();
      await client.closed();
      expect(client.received).not.toContain('[DONE]');
      expect(gateway.logs.matching({ message: 'caller dropped: it does not read its answer' })).toHaveLength(
        1,
      );
    });

    test('but now and then are kept', async () => {
      await start('stalled_client_timeout: 30s');
      const { client, socket } = await openBlocked();
      for (let index = 0; index < 3; index++) {
        clock.advance(25_000);
        const before = readSentBytes(socket);
        client.resume();
        await until(() => expect(readSentBytes(socket)).toBeGreaterThan(before + 10_000));
        client.pause();
      }
      clock.advance(25_000);
      expect(inFlight()).toBe(1);
      client.resume();
      await until(() => expect(client.received.slice(-200)).toContain('[DONE]'));
    });
  });

  describe('by the clock of the operating system', () => {
    test('a head that does not come is answered with 408 in JSON', async () => {
      await start('request_timeout: 200ms');
      const client = await open();
      client.send('POST /v1/messages HTTP/1.1\r\nhost: test\r\n');
      await client.closed();
      expect(client.status).toBe(408);
      expect(client.received).toMatch(/x-request-id: [\w-]{36}/);
      expect(client.body).toMatchObject({ error: { code: 'request_timeout' } });
      expect(inFlight()).toBe(0);
    });

    test('so is a connection on which nothing comes', async () => {
      await start('request_timeout: 200ms');
      const client = await open();
      await client.closed();
      expect(client.status).toBe(408);
    });

    test('a body that is not there by server.request_timeout is answered in the format of its caller', async () => {
      await start('request_timeout: 200ms');
      const client = await open();
      client.sendHead('/v1/messages', { 'content-length': '1000' });
      client.send('{');
      await client.closed();
      expect(client.status).toBe(408);
      expect(client.body).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
      await until(() => expect(inFlight()).toBe(0));
    });
  });

  describe('and what is no request', () => {
    test.each([
      ['bytes of another protocol', '\u0016\u0003\u0001\u0002\u0000\r\n\r\n', 400],
      ['a broken head', 'POST /v1/chat HTTP/1.1\r\nno colon\r\n\r\n', 400],
      ['too large a head', `GET / HTTP/1.1\r\nhost: test\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ])('%s get a clear answer', async (_, text, status) => {
      await start();
      const client = await open();
      client.send(text);
      await client.closed();
      expect(client.status).toBe(status);
      expect(client.body).toMatchObject({ error: { code: 'invalid_request' } });
    });

    test('a body that breaks off in broken framing is answered in the format of its caller', async () => {
      await start();
      const client = await open();
      client.sendHead('/v1/messages', { 'transfer-encoding': 'chunked' });
      await until(() => expect(inFlight()).toBe(1));
      client.send('zz\r\n');
      await client.closed();
      expect(client.status).toBe(400);
      expect(client.body).toMatchObject({ type: 'error' });
      await until(() => expect(inFlight()).toBe(0));
    });
  });

  describe('and too many of them', () => {
    test('idle connections give way, busy ones do not', async () => {
      await start('max_connections: 2');
      vendor.behave('silent', { times: 1 });
      const busy = await open();
      busy.post('/v1/chat', QUESTION);
      await vendor.waitForRequest(1);
      const idle = await open();
      idle.post('/v1/chat', QUESTION);
      await idle.receives('"provider":"openai"');
      const third = await RawClient.open(gateway.url);
      clients.push(third);
      await third.closed();
      await idle.closed();
      expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200);
      expect(busy.isClosed).toBe(false);
    });
  });

  test('the limits of connections follow the configuration', async () => {
    await start();
    const server = gateway.app.getHttpServer();
    expect(server).toMatchObject({
      keepAliveTimeout: 75_000,
      requestTimeout: 600_000,
      headersTimeout: 15_000,
      connectionsCheckingInterval: 5_000,
    });
    const holder = gateway.app.get(SettingsHolder);
    const { server: given } = holder.current;
    holder.replace({
      ...holder.current,
      server: { ...given, keepAliveTimeoutMs: 620_000, requestTimeoutMs: 5_000 },
    });
    expect(server).toMatchObject({
      keepAliveTimeout: 620_000,
      requestTimeout: 5_000,
      headersTimeout: 5_000,
    });
  });
});

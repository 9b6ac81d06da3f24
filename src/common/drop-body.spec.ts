import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropBody } from './drop-body.js';

/** What a server saw of a request. */
interface Seen {
  readonly path: string;
  /** Bytes that came to it as buffers. */
  bytes: number;
  isWhole: boolean;
}

const BODY = 'x'.repeat(300_000);

const ask = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`;

const chunked = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe('a body that is dropped', () => {
  let server: Server;
  let seen: Seen[];
  let sockets: Socket[];

  const watch = (request: IncomingMessage): Seen => {
    const entry: Seen = { path: request.url ?? '', bytes: 0, isWhole: false };
    seen.push(entry);
    request.on('data', (piece: Buffer) => {
      entry.bytes += piece.length;
    });
    request.on('end', () => {
      entry.isWhole = true;
    });
    return entry;
  };

  beforeEach(async () => {
    seen = [];
    sockets = [];
    server = createServer((request, response) => {
      const entry = watch(request);
      if (entry.path === '/refuse') {
        dropBody(request);
        response.writeHead(503, { 'content-length': '0' }).end();
      } else request.on('end', () => response.end(String(entry.bytes)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const dial = (): Socket => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    return socket;
  };

  /** Writes all of it and reads until so many answers have begun. */
  const exchange = async (socket: Socket, text: string, answers: number): Promise<string> => {
    let got = '';
    socket.write(text);
    for await (const piece of socket.iterator({ destroyOnReturn: false })) {
      got += String(piece);
      if (got.split('HTTP/1.1 ').length - 1 === answers && got.endsWith(answers > 1 ? '300000' : '\r\n\r\n'))
        return got;
    }
    return got;
  };

  it.each([
    ['with a length', ask],
    ['in chunks', chunked],
  ])('comes to an end, and no byte of it is copied: %s', async (_, write) => {
    const socket = dial();
    const ended = once(server, 'request').then(([request]) => once(request as IncomingMessage, 'end'));
    await exchange(socket, write('/refuse', BODY), 1);
    await ended;
    expect(seen).toEqual([{ path: '/refuse', bytes: 0, isWhole: true }]);
  });

  it.each([
    ['with a length', ask],
    ['in chunks', chunked],
  ])(
    'leaves the next request on its connection whole, also when that came in the same piece: %s',
    async (_, write) => {
      const got = await exchange(dial(), write('/refuse', 'short') + ask('/serve', BODY), 2);
      expect(got).toMatch(/^HTTP\/1\.1 503 [^]*HTTP\/1\.1 200 [^]*300000$/);
      expect(seen.map(({ bytes }) => bytes)).toEqual([0, BODY.length]);
    },
  );

  it('leaves the next connection whole when its own is closed half-way', async () => {
    for (let round = 0; round < 3; round++) {
      const socket = dial();
      const closed = new Promise((resolve) => {
        server.once('connection', (peer) => peer.once('close', resolve));
      });
      await exchange(socket, ask('/refuse', BODY).slice(0, 100_000), 1);
      socket.destroy();
      await closed;
      seen = [];
      await exchange(dial(), `${ask('/serve', BODY)}${ask('/serve', BODY)}`, 2);
      expect(seen.map(({ bytes }) => bytes)).toEqual([BODY.length, BODY.length]);
    }
  });

  it('is dropped again on a connection that was refused before', async () => {
    const socket = dial();
    for (let round = 0; round < 20; round++) await exchange(socket, ask('/refuse', BODY), 1);
    expect(seen).toHaveLength(20);
    expect(seen.every(({ bytes }) => bytes === 0)).toBe(true);
    expect(socket.listenerCount('close')).toBeLessThan(5);
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBody } from './read-body.js';

const LIMIT = 2 ** 21;
const MEGABYTE = 2 ** 20;

describe('the body of a request', () => {
  let server: Server;
  let socket: Socket;

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  });

  afterEach(() => {
    socket.destroy();
    server.close();
  });

  const head = (length: number | 'chunked'): string => {
    const framing = length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${String(length)}`;
    return `POST / HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`;
  };

  const arrival = async (): Promise<IncomingMessage> => {
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    return request;
  };

  /** Writes pieces that arrive one by one. */
  const send = async (pieces: readonly (string | Buffer)[]): Promise<void> => {
    for (const piece of pieces) {
      socket.write(piece);
      for (let turn = 0; turn < 20; turn++) await nextTurn();
    }
  };

  it.each([
    ['nothing', ''],
    ['one piece', '{"a":1}'],
    ['characters of several bytes', 'ä€😀'.repeat(50_000)],
  ])('is read as text: %s', async (_, text) => {
    const coming = arrival();
    socket.write(head(Buffer.byteLength(text)));
    socket.write(text);
    expect(await readBody(await coming, LIMIT)).toBe(text);
  });

  it('may come in pieces that cut characters', async () => {
    const text = 'ä€😀'.repeat(4);
    const bytes = Buffer.from(text);
    const coming = arrival();
    socket.write(head(bytes.length));
    const reading = readBody(await coming, LIMIT);
    await send(Array.from(bytes, (byte) => Buffer.of(byte)));
    expect(await reading).toBe(text);
  });

  it('may come without a length', async () => {
    const parts = Array.from({ length: 40 }, (_, index) => String(index % 10).repeat(index * 997 + 1));
    const coming = arrival();
    socket.write(head('chunked'));
    const reading = readBody(await coming, LIMIT);
    await send(parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`));
    socket.write('0\r\n\r\n');
    expect(await reading).toBe(parts.join(''));
  });

  it.each([
    ['says so', () => head(LIMIT + 1)],
    ['turns out to be', () => `${head('chunked')}${(LIMIT + 1).toString(16)}\r\n${'x'.repeat(LIMIT + 1)}`],
  ])('may be too large: it %s', async (_, write) => {
    const coming = arrival();
    socket.write(write());
    await expect(readBody(await coming, LIMIT)).rejects.toMatchObject({ code: 'request_too_large' });
  });

  it('takes no more room than what has come of it calls for', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const coming = arrival();
    socket.write(`${head(LIMIT)}{`);
    const reading = readBody(await coming, LIMIT);
    await send(['"', 'x', 'y']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MEGABYTE / 2);
    socket.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'caller_left' });
  });

  it('may be broken off', async () => {
    const coming = arrival();
    socket.write(`${head(100)}{`);
    const reading = readBody(await coming, LIMIT);
    socket.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'caller_left' });
  });

  it.each([
    ['with a length', (bytes: Buffer) => [head(bytes.length), bytes]],
    [
      'in chunks',
      (bytes: Buffer) => [head('chunked'), `${bytes.length.toString(16)}\r\n`, bytes, '\r\n0\r\n\r\n'],
    ],
  ])('leaves no memory behind for the collector: %s', async (_, write) => {
    server.on('request', (request, response) => {
      void readBody(request, LIMIT).then((text) => response.end(String(text.length)));
    });
    const bytes = Buffer.alloc(MEGABYTE, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 40; round++) {
      for (const part of write(bytes)) socket.write(part);
      await once(socket, 'data');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MEGABYTE);
  });
});

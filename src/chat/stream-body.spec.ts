import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StreamBody } from './stream-body.js';

const TEXTS = ['data: a\n\n', 'data: ä€😀\n\n', `data: ${'x'.repeat(100_000)}\n\n`, 'data: [DONE]\n\n'];

describe('StreamBody', () => {
  let server: Server;
  let port: number;

  beforeEach(async () => {
    server = createServer((_request, response) => {
      const body = new StreamBody(response);
      body.write(TEXTS[0] ?? '');
      body.write(TEXTS[1] ?? '');
      setImmediate(() => {
        body.write(TEXTS[2] ?? '');
        body.end(TEXTS[3] ?? '');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  /** Sends bytes on a connection of its own and gives all that comes until it is closed. */
  async function exchange(bytes: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.write(bytes);
    await once(socket, 'close');
    return Buffer.concat(pieces).toString('utf8');
  }

  test('is framed as Node does it', async () => {
    const answer = await exchange('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    expect(answer.toLowerCase()).toContain('transfer-encoding: chunked');
    // Node puts together what is written in one turn.
    const chunks = [TEXTS.slice(0, 2).join(''), ...TEXTS.slice(2)].map(
      (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`,
    );
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(`${chunks.join('')}0\r\n\r\n`);
  });

  test('leaves the connection to the next request', async () => {
    const ask = async (): Promise<string> => {
      const asking = request({ port, host: '127.0.0.1', agent: keeping });
      asking.end();
      const [response] = (await once(asking, 'response')) as [NodeJS.ReadableStream];
      let text = '';
      for await (const piece of response.setEncoding('utf8')) text += String(piece);
      sockets.add(asking.socket?.localPort);
      return text;
    };
    const keeping = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<number | undefined>();
    expect([await ask(), await ask()]).toEqual([TEXTS.join(''), TEXTS.join('')]);
    expect(sockets.size).toBe(1);
    keeping.destroy();
  });

  test('is sent as it is to callers of HTTP/1.0', async () => {
    const answer = await exchange('GET / HTTP/1.0\r\n\r\n');
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(TEXTS.join(''));
  });

  test('waits for a caller that does not read', async () => {
    const big = 'x'.repeat(1_000_000);
    const told: string[] = [];
    const slow = createServer((_request, response) => {
      const body = new StreamBody(response);
      body.write('begin');
      setImmediate(() => void fill(body));
    });
    const fill = async (body: StreamBody): Promise<void> => {
      for (let count = 0; count < 20; count++) {
        if (body.write(big)) continue;
        told.push(`full ${String(body.isFull)}`);
        await body.untilRead(new AbortController().signal);
        told.push(`read ${String(body.isFull)}`);
      }
      body.end('');
    };
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const asking = request({ port: (slow.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
    asking.end();
    const [response] = (await once(asking, 'response')) as [NodeJS.ReadableStream];
    let length = 0;
    for await (const piece of response) length += (piece as Buffer).length;
    expect(length).toBe(5 + 20 * big.length);
    expect(new Set(told)).toEqual(new Set(['full true', 'read false']));
    slow.close();
  });

  test('an answer that waits for the one before it on its connection is framed by Node', async () => {
    const held: (() => void)[] = [];
    const bodies: StreamBody[] = [];
    const pipelined = createServer((_request, response) => {
      const body = new StreamBody(response);
      bodies.push(body);
      body.write(`${String(bodies.length)}:`);
      held.push(() => {
        body.write('more');
        body.end('');
      });
      // The second one is over first.
      if (bodies.length === 2) setImmediate(() => held.reverse().forEach((finish) => finish()));
    });
    await new Promise<void>((resolve) => pipelined.listen(0, '127.0.0.1', resolve));
    ({ port } = pipelined.address() as AddressInfo);
    const answer = await exchange(
      'GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
    );
    expect(answer.split('\r\n\r\n').filter((part) => part.includes(':\r\n'))).toEqual([
      '2\r\n1:\r\n4\r\nmore\r\n0',
      '2\r\n2:\r\n4\r\nmore\r\n0',
    ]);
    pipelined.close();
  });
});

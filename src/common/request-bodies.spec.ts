import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventLoopTurn } from './event-loop-turn.js';
import { RequestBodies } from './request-bodies.js';
import { WaitingLine } from './waiting-line.js';

const LIMIT = 2 ** 20;
const LONG = 'x'.repeat(100_000);

describe('what callers send', () => {
  let server: Server;
  let socket: Socket;
  let clock: ManualClock;
  let line: WaitingLine;
  let bodies: RequestBodies;

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    clock = new ManualClock();
    line = new WaitingLine(new EventLoopTurn(clock), clock);
    bodies = new RequestBodies(line);
  });

  afterEach(() => {
    socket.destroy();
    server.close();
  });

  const send = async (text: string): Promise<IncomingMessage> => {
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${String(text.length)}\r\n\r\n${text}`);
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    return request;
  };

  /** What happens, in order, to a body and to somebody who waits when it has come. */
  const follow = async (text: string): Promise<readonly string[]> => {
    const told: string[] = [];
    const request = await send(text);
    request.once('end', () => {
      setImmediate(() => told.push('the sockets were seen to'));
      line.join(() => clock.advance(5));
      line.join(() => told.push('the next one is started'));
      expect(line.length).toBe(1);
    });
    await bodies.read(request, LIMIT);
    told.push('the body is given');
    while (told.length < 3) await new Promise((resolve) => setImmediate(resolve));
    return told;
  };

  it('is given at once when it is short', async () => {
    const request = await send('{}');
    expect(await bodies.read(request, LIMIT)).toBe('{}');
  });

  it('is given in its turn when it is long, before others are started', async () => {
    expect(await follow(LONG)).toEqual([
      'the sockets were seen to',
      'the body is given',
      'the next one is started',
    ]);
  });

  it('is not given to anybody when its caller has left meanwhile', async () => {
    const request = await send(LONG);
    request.once('end', () => {
      line.join(() => clock.advance(5));
      line.join(() => undefined);
      request.socket.destroy();
    });
    await expect(bodies.read(request, LIMIT)).rejects.toMatchObject({ code: 'caller_left' });
  });
});

import { createServer, type Server } from 'node:http';
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Listeners } from './listeners.js';

const HOST = '127.0.0.1';
const CALLERS = 200;

describe('the listeners', () => {
  let listeners: Listeners;
  let server: Server;

  const portOf = (owner: Server): number => (owner.address() as AddressInfo).port;

  beforeEach(() => {
    listeners = new Listeners();
    server = createServer((request, response) => {
      request.resume();
      response.end('answer');
    });
  });

  afterEach(() => {
    listeners.close();
    server.close();
    server.closeAllConnections();
  });

  it('serve every connection of the port by the one server', async () => {
    await listeners.open(server, 0, HOST);
    const answers = await Promise.all(
      Array.from({ length: CALLERS }, () =>
        fetch(`http://${HOST}:${String(portOf(server))}/`, { headers: { connection: 'close' } }).then(
          (response) => response.text(),
        ),
      ),
    );
    expect(answers.every((answer) => answer === 'answer')).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'take several connections in one turn of the event loop',
    async () => {
      await listeners.open(server, 0, HOST);
      let isOpen = false;
      let inTurn = 0;
      let most = 0;
      server.on('connection', () => {
        inTurn++;
        most = Math.max(most, inTurn);
        if (isOpen) return;
        isOpen = true;
        setImmediate(() => {
          isOpen = false;
          inTurn = 0;
        });
      });
      const callers: Socket[] = [];
      for (let count = 0; count < CALLERS; count++) callers.push(connect(portOf(server), HOST));
      await vi.waitFor(() => expect(most).toBeGreaterThan(1), { timeout: 10_000 });
      for (const caller of callers) caller.destroy();
    },
  );

  it('refuse a port that another process has, also when that one would share it', async () => {
    await listeners.open(server, 0, HOST);
    const port = portOf(server);
    await expect(new Listeners().open(createServer(), port, HOST)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    const plain = createNetServer();
    await new Promise<void>((resolve) => plain.listen(0, HOST, resolve));
    const taken = (plain.address() as AddressInfo).port;
    await expect(new Listeners().open(createServer(), taken, HOST)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    plain.close();
  });

  it('once closed, take no more connections', async () => {
    await listeners.open(server, 0, HOST);
    const port = portOf(server);
    listeners.close();
    server.close();
    const failed = await new Promise<boolean>((resolve) => {
      const caller = connect(port, HOST);
      caller.on('connect', () => resolve(false));
      caller.on('error', () => resolve(true));
    });
    expect(failed).toBe(true);
  });
});

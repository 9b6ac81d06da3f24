import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import cluster from 'node:cluster';
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';

/**
 * Node accepts one connection per listening socket in each turn of its event loop
 * (https://github.com/libuv/libuv/pull/3696). Under load a turn takes milliseconds, and with one socket new callers,
 * probes among them, would wait in a queue of the operating system long before anything could refuse them. Workers share
 * the callers; and one that is killed takes with it whoever waits at its sockets, the more the longer they take to close.
 */
const LISTENERS = cluster.isWorker ? 32 : 128;

/**
 * Listens on one port with several sockets, where the operating system can share a port between them; so do all workers
 * of a gateway, each with its own. Elsewhere the primary of workers listens and hands the connections out in turns.
 */
@Injectable()
export class Listeners implements BeforeApplicationShutdown {
  private readonly more: Server[] = [];

  /** @throws what `listen` throws, `EADDRINUSE` also when the owner of the port would share it */
  async open(server: HttpServer, port: number, host: string): Promise<void> {
    // For its workers the primary has looked: they share the port.
    if (port !== 0 && cluster.isPrimary) await findFree(port, host);
    try {
      await listen(server, port, host, true);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      await listen(server, port, host, false);
      return;
    }
    const address = server.address();
    if (address === null || typeof address === 'string') return;
    while (this.more.length < LISTENERS - 1) {
      const another = createServer({ allowHalfOpen: true }, (socket: Socket) => {
        server.emit('connection', socket);
      });
      await listen(another, address.port, host, true);
      this.more.push(another);
    }
  }

  /** Takes no more connections; those that are open stay. */
  close(): void {
    for (const server of this.more.splice(0)) server.close();
  }

  beforeApplicationShutdown(): void {
    this.close();
  }
}

/**
 * Two gateways that share a port by mistake would each get half of the callers.
 *
 * @param port 0: any
 * @returns the port
 * @throws what `listen` throws
 */
export async function findFree(port: number, host: string): Promise<number> {
  const trial = createServer();
  await listen(trial, port, host, false);
  const address = trial.address();
  const closed = once(trial, 'close');
  trial.close();
  await closed;
  return address === null || typeof address === 'string' ? port : address.port;
}

async function listen(server: Server, port: number, host: string, reusePort: boolean): Promise<void> {
  const listening = once(server, 'listening');
  server.listen({ port, host, reusePort });
  await listening;
}

/** Windows and macOS share no ports. */
function isUnsupported(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTSUP' || error.code === 'EINVAL');
}

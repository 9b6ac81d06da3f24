import { Injectable } from '@nestjs/common';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request under way on a connection. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the connection had brought when the head of this request was complete. */
  readonly bytesBefore: number;
}

/** After so long without a byte the operating system asks whether the other side is still there. */
const KEEP_ALIVE_MS = 60_000;

/** Every open connection, and the request that came last on it. */
@Injectable()
export class ConnectionBook {
  private readonly connections = new Map<Socket, Exchange | undefined>();

  attach(server: Server): void {
    server.on('connection', (socket: Socket) => {
      // A caller that is gone without a word would otherwise be noticed only when something is written to it.
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      this.connections.set(socket, undefined);
      socket.once('close', () => {
        this.connections.delete(socket);
      });
    });
    server.prependListener('request', (request, response) => {
      const { socket } = request;
      if (!this.connections.has(socket)) return;
      this.connections.set(socket, { request, response, bytesBefore: socket.bytesRead });
    });
  }

  exchangeOn(socket: Socket): Exchange | undefined {
    return this.connections.get(socket);
  }

  entries(): Iterable<[Socket, Exchange | undefined]> {
    return this.connections;
  }
}

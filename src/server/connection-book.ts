import { Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../common/clock.js';
import { SettingsHolder } from '../config/settings-holder.js';

/** A request under way on a connection. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the connection had brought when the head of this request was complete. */
  readonly bytesBefore: number;
}

/** After so long without a byte the operating system asks whether the other side is still there. */
const KEEP_ALIVE_MS = 60_000;

/** Room is made no more often than this: it means going through all connections. */
const ROOM_PERIOD_MS = 1_000;

/** Every open connection, and the request that is under way on it. Keeps them to `server.max_connections`. */
@Injectable()
export class ConnectionBook {
  private readonly logger = new Logger('Server');
  private readonly connections = new Map<Socket, Exchange | undefined>();
  private roomMadeAt = -Infinity;

  constructor(
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
  ) {}

  attach(server: Server): void {
    server.on('connection', (socket: Socket) => {
      if (this.connections.size >= this.settings.current.server.maxConnections) {
        socket.destroy();
        this.makeRoom(server);
        return;
      }
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
      const exchange: Exchange = { request, response, bytesBefore: socket.bytesRead };
      this.connections.set(socket, exchange);
      // An idle connection would keep all of its last request alive until the next one.
      const forget = (): void => {
        if (this.connections.get(socket) === exchange) this.connections.set(socket, undefined);
      };
      response.once('close', () => {
        // One that was refused may still send its body.
        if (request.complete) forget();
        else request.once('end', forget);
      });
    });
  }

  exchangeOn(socket: Socket): Exchange | undefined {
    return this.connections.get(socket);
  }

  entries(): Iterable<[Socket, Exchange | undefined]> {
    return this.connections;
  }

  /** Connections that nobody uses give way to the next ones. */
  private makeRoom(server: Server): void {
    const now = this.clock.monotonic();
    if (now - this.roomMadeAt < ROOM_PERIOD_MS) return;
    this.roomMadeAt = now;
    const count = String(this.connections.size);
    this.logger.warn(`There are ${count} connections (server.max_connections): the idle ones are closed`);
    server.closeIdleConnections();
  }
}

import { Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../common/clock.js';
import { ComingAndGoing } from '../common/coming-and-going.js';
import { SettingsHolder } from '../config/settings-holder.js';

/** A request under way on a connection. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the connection had brought when the head of this request was complete. */
  readonly bytesBefore: number;
}

interface Connection {
  readonly socket: Socket;
  exchange: Exchange | undefined;
}

/** Kept on the socket itself, as what is known of a request is on the request. */
const CONNECTION = Symbol('connection');

interface Booked {
  [CONNECTION]?: Connection;
}

/** After so long without a byte the operating system asks whether the other side is still there. */
const KEEP_ALIVE_MS = 60_000;

/** Room is made no more often than this: it means going through all connections. */
const ROOM_PERIOD_MS = 1_000;

/** Every open connection, and the request that is under way on it. Keeps them to `server.max_connections`. */
@Injectable()
export class ConnectionBook {
  private readonly logger = new Logger('Server');
  private readonly connections = new ComingAndGoing<Connection>();
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
      const connection: Connection = { socket, exchange: undefined };
      (socket as Booked)[CONNECTION] = connection;
      socket.once('close', this.connections.add(connection));
    });
  }

  /** A request has come; what it is under way on is known from now on. */
  begin(request: IncomingMessage, response: ServerResponse): Exchange {
    const { socket } = request;
    const exchange: Exchange = { request, response, bytesBefore: socket.bytesRead };
    const connection = (socket as Booked)[CONNECTION];
    if (connection !== undefined) connection.exchange = exchange;
    return exchange;
  }

  /** Its answer is over. An idle connection would keep all of its last request alive until the next one. */
  end(exchange: Exchange): void {
    const { request } = exchange;
    // One that was refused may still send its body.
    if (request.complete) forget(exchange);
    else request.once('end', () => forget(exchange));
  }

  /**
   * The request is going to be served, which may take long. What that asks of the connection costs a fifth of what a new
   * one does, so that those who are refused go without.
   */
  prepare({ socket }: IncomingMessage): void {
    // Else a piece of an answer would wait until the caller has acknowledged the one before.
    socket.setNoDelay(true);
    // A caller that is gone without a word would otherwise be noticed only when something is written to it.
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  }

  exchangeOn(socket: Socket): Exchange | undefined {
    return (socket as Booked)[CONNECTION]?.exchange;
  }

  *entries(): Iterable<[Socket, Exchange | undefined]> {
    for (const { socket, exchange } of this.connections) yield [socket, exchange];
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

function forget(exchange: Exchange): void {
  const connection = (exchange.request.socket as Booked)[CONNECTION];
  if (connection?.exchange === exchange) connection.exchange = undefined;
}

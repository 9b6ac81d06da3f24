import { Injectable } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../common/clock.js';
import { contextOf } from '../common/request-context.js';
import { ConnectionBook, type Exchange } from './connection-book.js';

/** Node has no type for it: whether a connection stays open for its answer when its caller has closed its own side. */
interface HalfOpenServer {
  httpAllowHalfOpen: boolean;
}

/**
 * Pauses between the probes after the first two. Whoever is gone answers a probe with a reset, which the next one meets,
 * so they spread over the round trips of callers near and far. Some clients bear five of them, not more.
 */
const PAUSES_MS = [20, 70, 1_000];

/**
 * Keeps the connections of callers that have closed their own side after the request and still wait for the answer. One
 * that has closed the whole connection looks the same at first, and must not be served. So the caller is sent what
 * means nothing to it: before the head of the answer an informational response, which every client of HTTP/1.1 skips
 * (RFC 9110, section 15.2), in a stream a sign of life. HTTP/1.0 has neither before the head: there the end of the
 * caller's side is taken for its leaving.
 */
@Injectable()
export class HalfClosedCallers {
  constructor(
    private readonly book: ConnectionBook,
    private readonly clock: Clock,
  ) {}

  attach(server: Server): void {
    (server as Server & HalfOpenServer).httpAllowHalfOpen = true;
    server.on('connection', (socket: Socket) => {
      // Added once Node's own listeners are there: they see the end of the caller's side first.
      socket.once('end', this.onEnd(socket));
    });
  }

  private onEnd(socket: Socket): () => void {
    return () => {
      const exchange = this.book.exchangeOn(socket);
      if (exchange === undefined || socket.destroyed || exchange.response.writableEnded) return;
      const { request, response } = exchange;
      if (request.httpVersionMinor === 0 && !response.headersSent) {
        socket.destroy();
        return;
      }
      probe(exchange);
      // Where the caller is on this machine or near, its reset is there already.
      setImmediate(() => {
        probe(exchange);
        this.probeLater(exchange, 0);
      });
    };
  }

  private probeLater(exchange: Exchange, round: number): void {
    const pauseMs = PAUSES_MS[round];
    if (pauseMs === undefined || isOver(exchange)) return;
    const timer = this.clock.startTimer(pauseMs, () => {
      exchange.response.off('close', stop);
      probe(exchange);
      this.probeLater(exchange, round + 1);
    });
    const stop = (): void => {
      timer.cancel();
    };
    exchange.response.once('close', stop);
  }
}

function isOver({ request, response }: Exchange): boolean {
  return request.socket.destroyed || response.writableEnded;
}

function probe(exchange: Exchange): void {
  if (isOver(exchange)) return;
  const { request, response } = exchange;
  if (response.headersSent) contextOf(request).sayAlive?.();
  else response.writeContinue();
}

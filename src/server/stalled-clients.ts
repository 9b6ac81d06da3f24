import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Clock, type ClockTimer } from '../common/clock.js';
import { contextOf } from '../common/request-context.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import { answerAndClose } from './answer-and-close.js';
import { ConnectionBook, type Exchange } from './connection-book.js';
import { readSentBytes } from './read-sent-bytes.js';

const SWEEP_MS = 5_000;

/** Who moves no more than this within `server.stalled_client_timeout` moves nothing. */
const LEAST_BYTES = 1_024;

/** A body has to come faster than this once it has been on its way for `PATIENCE_MS`. */
const SLOWEST_BODY_BYTES_PER_S = 1_024;
const PATIENCE_MS = 10_000;

interface Progress {
  readonly direction: 'receiving' | 'sending';
  readonly exchange: Exchange;
  markedAt: number;
  markedBytes: number;
}

/**
 * Drops callers that hold a connection without using it: those that send a body byte by byte or not at all, and those
 * that do not read their answer. One timer for all of them.
 */
@Injectable()
export class StalledClients implements OnApplicationShutdown {
  private readonly logger = new Logger('Server');
  private readonly progress = new WeakMap<Socket, Progress>();
  private timer: ClockTimer | undefined;

  constructor(
    private readonly book: ConnectionBook,
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
  ) {}

  attach(server: Server): void {
    server.once('listening', () => {
      this.timer = this.clock.startTimer(SWEEP_MS, () => {
        this.sweep();
        this.timer?.refresh();
      });
      this.timer.unref?.();
    });
  }

  onApplicationShutdown(): void {
    this.timer?.cancel();
  }

  private sweep(): void {
    const now = this.clock.monotonic();
    for (const [socket, exchange] of this.book.entries()) {
      const progress = exchange === undefined ? undefined : this.follow(socket, exchange, now);
      if (progress === undefined) this.progress.delete(socket);
      else if (this.isStalled(progress, now)) this.drop(socket, progress);
    }
  }

  /** What the connection waits for its caller to do; `undefined`: nothing. */
  private follow(socket: Socket, exchange: Exchange, now: number): Progress | undefined {
    const direction = !exchange.request.complete ? 'receiving' : 'sending';
    if (direction === 'sending' && socket.writableLength === 0) return undefined;
    const bytes = direction === 'receiving' ? socket.bytesRead : readSentBytes(socket);
    const known = this.progress.get(socket);
    if (known?.direction === direction && known.exchange === exchange) {
      if (bytes - known.markedBytes >= LEAST_BYTES) {
        known.markedAt = now;
        known.markedBytes = bytes;
      }
      return known;
    }
    const begun: Progress = { direction, exchange, markedAt: now, markedBytes: bytes };
    this.progress.set(socket, begun);
    return begun;
  }

  private isStalled(progress: Progress, now: number): boolean {
    const { stalledClientTimeoutMs } = this.settings.current.server;
    if (now - progress.markedAt >= stalledClientTimeoutMs) return true;
    return progress.direction === 'receiving' && isCrawling(progress.exchange, now);
  }

  private drop(socket: Socket, { direction, exchange }: Progress): void {
    this.progress.delete(socket);
    const { requestId } = contextOf(exchange.request);
    const message =
      direction === 'receiving'
        ? 'caller dropped: its request does not come'
        : 'caller dropped: it does not read its answer';
    this.logger.warn({ message, request_id: requestId });
    if (direction === 'receiving') {
      const error = new GatewayError(
        'request_timeout',
        'The body of the request comes too slowly or not at all',
      );
      answerAndClose(exchange, error, this.clock);
      return;
    }
    // What is left to send would otherwise stay in memory for as long as the caller likes.
    socket.resetAndDestroy();
  }
}

function isCrawling({ request, bytesBefore }: Exchange, now: number): boolean {
  const elapsed = now - contextOf(request).startedAt;
  const slowest = (SLOWEST_BODY_BYTES_PER_S * elapsed) / 1_000;
  return elapsed >= PATIENCE_MS && request.socket.bytesRead - bytesBefore < slowest;
}

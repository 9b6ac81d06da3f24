import { Injectable, Logger } from '@nestjs/common';
import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../common/clock.js';
import { newRequestId } from '../common/request-context.js';
import { GatewayError } from '../contract/gateway-error.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { answerAndClose } from './answer-and-close.js';
import { ConnectionBook } from './connection-book.js';

/** The caller closed the connection, in the middle of a request or not. */
const LEFT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'HPE_INVALID_EOF_STATE']);

/** Answers what is no HTTP request, or does not come in time, before anybody else has seen it. */
@Injectable()
export class ConnectionFaults {
  private readonly logger = new Logger('Server');

  constructor(
    private readonly book: ConnectionBook,
    private readonly clock: Clock,
  ) {}

  attach(server: Server): void {
    server.on('clientError', (fault: NodeJS.ErrnoException, socket: Socket) => {
      this.answer(fault, socket);
    });
  }

  private answer(fault: NodeJS.ErrnoException, socket: Socket): void {
    if (LEFT.has(fault.code ?? '') || !socket.writable) {
      socket.destroy();
      return;
    }
    const error = toError(fault);
    const exchange = this.book.exchangeOn(socket);
    const isRunning = exchange !== undefined && !exchange.response.writableEnded;
    this.logger.debug({ message: 'not a request', error: error.code, reason: fault.message });
    if (isRunning) {
      answerAndClose(exchange, error, this.clock);
      return;
    }
    // Nothing is known of the caller; most speak OpenAI's format.
    const requestId = newRequestId(this.clock.now());
    const body = OPENAI_CHAT_INBOUND.encodeError(error, requestId);
    const head = [
      `HTTP/1.1 ${String(error.status)} ${STATUS_CODES[error.status] ?? ''}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${String(Buffer.byteLength(body))}`,
      `x-request-id: ${requestId}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    socket.destroySoon();
  }
}

function toError(fault: NodeJS.ErrnoException): GatewayError {
  switch (fault.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError(
        'request_timeout',
        'The request did not arrive in time (server.request_timeout)',
      );
    case 'HPE_HEADER_OVERFLOW':
      return new GatewayError('invalid_request', 'The headers of the request are larger than 16 KB', {
        status: 431,
      });
    default:
      return new GatewayError(
        'invalid_request',
        `This is not an HTTP/1.1 request (${fault.code ?? 'unreadable'})`,
      );
  }
}

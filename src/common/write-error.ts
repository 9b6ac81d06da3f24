import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayError } from '../contract/gateway-error.js';
import { baseHeaders, hasBaseHeaders } from './base-headers.js';
import type { Clock } from './clock.js';
import { errorFormatOf, errorStatusOf } from './error-format.js';
import { contextOf, pathOf } from './request-context.js';

/** What is left of a body up to this size is read and dropped, so that the connection can go on. */
const LARGEST_DROPPED_BODY = 262_144;

/** How long a caller may go on sending a larger one after it was answered. */
const LINGER_MS = 2_000;

/** Writes a failure in the format of the caller, with the status and the headers that belong to it. */
export function writeError(
  request: IncomingMessage,
  response: ServerResponse,
  error: GatewayError,
  clock: Clock,
): void {
  const context = contextOf(request);
  context.failure = error;
  const format = errorFormatOf(pathOf(request), request.headers);
  // As text, so that it leaves with the head in one write.
  const body = format.encodeError(error, context.requestId);
  const headers = hasBaseHeaders(response) ? [] : baseHeaders(request);
  if (error.retryAfterMs !== undefined) {
    headers.push('retry-after', String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  }
  if (error.shouldRetry !== undefined) headers.push('x-should-retry', String(error.shouldRetry));
  headers.push('content-type', 'application/json; charset=utf-8');
  headers.push('content-length', String(Buffer.byteLength(body)));
  const isOver = request.complete || isSoonOver(request);
  if (!isOver) response.shouldKeepAlive = false;
  if (!response.shouldKeepAlive) headers.push('connection', 'close');
  response.writeHead(errorStatusOf(pathOf(request), request.headers, error), headers);
  if (isOver) response.end(body);
  else endAfterRest(request, response, body, clock);
}

function isSoonOver({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= LARGEST_DROPPED_BODY;
}

/**
 * A connection that is closed while bytes come in is reset, and the reset may overtake the answer. So the answer goes
 * out, what still comes is dropped for a while, and then the connection ends.
 */
function endAfterRest(request: IncomingMessage, response: ServerResponse, body: string, clock: Clock): void {
  response.write(body);
  const end = (): void => {
    timer.cancel();
    response.end();
  };
  const timer = clock.startTimer(LINGER_MS, end);
  request.once('end', end).once('close', end).resume();
}

import { raw } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../contract/gateway-error.js';

/**
 * Reads the body of a request whole. A plain one is collected here, for a fifth of what the body parser takes; the body
 * parser reads those that are compressed.
 * @throws GatewayError `request_too_large`, `caller_left`; what the body parser throws
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return readCompressed(request, limitBytes);
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      reject(tooLarge(limitBytes));
      return;
    }
    const pieces: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    const onData = (piece: Buffer): void => {
      pieces.push(piece);
      size += piece.length;
      if (size <= limitBytes) return;
      stop();
      request.pause();
      reject(tooLarge(limitBytes));
    };
    const onEnd = (): void => {
      stop();
      const [only] = pieces;
      resolve(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size));
    };
    const onClose = (): void => {
      stop();
      reject(new GatewayError('caller_left', 'The caller closed the connection'));
    };
    if (request.destroyed) onClose();
    else request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

function readCompressed(request: IncomingMessage, limit: number): Promise<Buffer> {
  const parse = raw({ type: () => true, limit });
  return new Promise((resolve, reject) => {
    parse(request, undefined as unknown as ServerResponse, (error?: unknown) => {
      const { body } = request as { body?: unknown };
      if (error !== undefined)
        reject(error instanceof Error ? error : new Error('unreadable', { cause: error }));
      else resolve(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
    });
  });
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError(
    'request_too_large',
    `The body is larger than the limit of ${String(limitBytes)} bytes (server.body_limit)`,
  );
}

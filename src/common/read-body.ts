import { raw } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../contract/gateway-error.js';
import { callerLeft } from './caller-left.js';

/** A caller who announces much and sends little is not given room for all of it. */
const GROWTH = 8;

/** Freeing less by hand takes longer than it is worth. */
const LEAST_FREED = 16_384;

/**
 * Reads the body of a request whole, as text in UTF-8. A plain one is collected here, for a fifth of what the body
 * parser takes; the body parser reads those that are compressed.
 * @throws GatewayError `request_too_large`, `caller_left`; what the body parser throws
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  const { 'content-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') return readCompressed(request, limitBytes);
  return new Promise((resolve, reject) => {
    const expected = Number(length ?? 0);
    if (expected > limitBytes) {
      reject(tooLarge(limitBytes));
      return;
    }
    const body = new GrowingBody(expected);
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    const onData = (piece: Buffer): void => {
      body.add(piece);
      if (body.size <= limitBytes) return;
      stop();
      request.pause();
      reject(tooLarge(limitBytes));
    };
    const onEnd = (): void => {
      stop();
      resolve(body.takeText());
    };
    const onClose = (): void => {
      stop();
      reject(callerLeft());
    };
    if (request.destroyed) onClose();
    else request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/**
 * Joins the pieces of a body as they come. Each is freed once it was copied: V8 would do so late, and collects its whole
 * heap whenever buffers have grown by 64 megabytes.
 */
class GrowingBody {
  size = 0;
  private bytes: Buffer | undefined;

  /** @param expected bytes; 0: nobody knows */
  constructor(private readonly expected: number) {}

  add(piece: Buffer): void {
    const { bytes, size } = this;
    this.size += piece.length;
    // Most bodies come in one piece.
    if (bytes === undefined) this.bytes = piece;
    else {
      const roomy = this.size <= bytes.length ? bytes : this.enlarge(bytes, size);
      piece.copy(roomy, size);
      free(piece);
    }
  }

  takeText(): string {
    const { bytes } = this;
    if (bytes === undefined) return '';
    const text = bytes.toString('utf8', 0, this.size);
    if (this.size >= LEAST_FREED) free(bytes);
    this.bytes = undefined;
    return text;
  }

  private enlarge(bytes: Buffer, used: number): Buffer {
    const most = this.expected > 0 ? this.expected : Infinity;
    const larger = Buffer.allocUnsafeSlow(Math.min(most, GROWTH * this.size));
    bytes.copy(larger, 0, 0, used);
    free(bytes);
    this.bytes = larger;
    return larger;
  }
}

/** Gives back what a buffer holds, where it has it for itself. Nobody may use it any more. */
function free({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

function readCompressed(request: IncomingMessage, limit: number): Promise<string> {
  const parse = raw({ type: () => true, limit });
  return new Promise((resolve, reject) => {
    parse(request, undefined as unknown as ServerResponse, (error?: unknown) => {
      const { body } = request as { body?: unknown };
      if (error !== undefined)
        reject(error instanceof Error ? error : new Error('unreadable', { cause: error }));
      else resolve(Buffer.isBuffer(body) ? body.toString('utf8') : '');
    });
  });
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError(
    'request_too_large',
    `The body is larger than the limit of ${String(limitBytes)} bytes (server.body_limit)`,
  );
}

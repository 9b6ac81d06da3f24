import type { Readable } from 'node:stream';
import { CallFailure } from '../call-failure.js';

/**
 * Reads a body as UTF-8 text.
 * @throws CallFailure `unreadable` when it is larger than `limitBytes`
 */
export async function readBody(body: Readable, limitBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > limitBytes) {
      throw new CallFailure({ type: 'unreadable', detail: `answer larger than ${String(limitBytes)} bytes` });
    }
    pieces.push(piece);
  }
  const [only] = pieces;
  return (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size)).toString('utf8');
}

/** Reads the first `limitBytes` of a body as UTF-8 text and closes the connection if there is more. */
export async function readStart(body: Readable, limitBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    size += piece.length;
    if (size >= limitBytes) break;
  }
  return Buffer.concat(pieces, size).subarray(0, limitBytes).toString('utf8');
}

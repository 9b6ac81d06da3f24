import type { Readable } from 'node:stream';
import { CallFailure } from '../call-failure.js';

/**
 * Reads a body as UTF-8 text. By events, as an iterator over a stream costs several times as much.
 * @throws CallFailure `unreadable` when it is larger than `limitBytes`, `reset` when it is closed before its end
 */
export function readBody(body: Readable, limitBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    body.on('data', (piece: Buffer) => {
      size += piece.length;
      pieces.push(piece);
      if (size > limitBytes) {
        const detail = `answer larger than ${String(limitBytes)} bytes`;
        body.destroy(new CallFailure({ type: 'unreadable', detail }));
      }
    });
    body.on('end', () => {
      const [only] = pieces;
      const whole = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size);
      resolve(whole.toString('utf8'));
    });
    body.on('error', reject);
    body.on('close', () => {
      reject(new CallFailure({ type: 'reset', detail: 'connection reset' }));
    });
  });
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

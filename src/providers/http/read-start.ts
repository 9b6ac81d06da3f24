import type { Readable } from 'node:stream';

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

import type { BodyReader } from './body-reader.js';

/** Reads the first `limitBytes` of a body as UTF-8 text and closes the connection if there is more. */
export async function readStart(body: BodyReader, limitBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  while (size < limitBytes) {
    if (!body.hasNews) {
      await new Promise<void>((resolve) => {
        body.onNews(resolve);
      });
    }
    const piece = body.take();
    if (piece === undefined) break;
    pieces.push(piece);
    size += piece.length;
  }
  body.destroy();
  return Buffer.concat(pieces, size).subarray(0, limitBytes).toString('utf8');
}

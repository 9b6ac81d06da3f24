import { promisify } from 'node:util';
import {
  brotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzip,
  inflate,
} from 'node:zlib';
import type { Readable } from 'node:stream';
import { CallFailure } from '../call-failure.js';

const wholeGunzip = promisify(gunzip);
const wholeInflate = promisify(inflate);
const wholeBrotli = promisify(brotliDecompress);

/** A body that is read as it comes. An unknown encoding leaves it as it is. */
export function decompressStream(body: Readable, encoding: string | undefined): Readable {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return pipeThrough(body, createGunzip());
    case 'deflate':
      return pipeThrough(body, createInflate());
    case 'br':
      return pipeThrough(body, createBrotliDecompress());
    default:
      return body;
  }
}

/**
 * A body that has come, or its beginning.
 * @throws CallFailure `unreadable` when more than `most` bytes come of it, an error of zlib when it is broken
 */
export async function decompressWhole(
  body: Buffer,
  encoding: string | undefined,
  { most, isCut }: { readonly most: number; readonly isCut: boolean },
): Promise<Buffer> {
  const options = { maxOutputLength: most };
  // Of a beginning as much is wanted as can be had.
  const zlib = isCut ? { ...options, finishFlush: constants.Z_SYNC_FLUSH } : options;
  const brotli = isCut ? { ...options, finishFlush: constants.BROTLI_OPERATION_FLUSH } : options;
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return await wholeGunzip(body, zlib);
      case 'deflate':
        return await wholeInflate(body, zlib);
      case 'br':
        return await wholeBrotli(body, brotli);
      default:
        return body;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CallFailure({ type: 'unreadable', detail: `answer larger than ${String(most)} bytes` }, error);
  }
}

/** Not `pipeline`: an error must reach the reader of the transform, and closing the reader must close the socket. */
function pipeThrough(body: Readable, transform: Readable & NodeJS.WritableStream): Readable {
  body.on('error', (error) => transform.destroy(error));
  transform.on('close', () => body.destroy());
  body.pipe(transform);
  return transform;
}

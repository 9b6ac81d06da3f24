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
import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import { CallFailure } from '../call-failure.js';

const wholeGunzip = promisify(gunzip);
const wholeInflate = promisify(inflate);
const wholeBrotli = promisify(brotliDecompress);

export function encodingOf(headers: IncomingHttpHeaders): string | undefined {
  return headers['content-encoding']?.toLowerCase();
}

/** For a body that is read as it comes; `undefined`: it is read as it is, as also with an unknown encoding. */
export function createDecompressor(encoding: string | undefined): Transform | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
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

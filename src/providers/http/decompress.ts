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
import { gatewayFault } from './to-call-failure.js';

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

/** What is said of an answer that is larger than we read. */
export function tooLarge(most: number): string {
  return `the answer is larger than the limit of ${String(most / 1024 / 1024)} MiB`;
}

/**
 * A body that has come, or its beginning.
 * @throws CallFailure `gateway-fault` when more than `most` bytes come of it, an error of zlib when it is broken
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
    throw gatewayFault(tooLarge(most), error);
  }
}

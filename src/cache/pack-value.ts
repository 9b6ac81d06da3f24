import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Of the packed form. Another release may write another one; what it cannot read is a miss. */
const VERSION = 1;
const PLAIN = 0;
const ZSTD = 1;
const HEAD_BYTES = 2;

/** From here on a value is compressed: below it the frame costs what the compression saves. */
const COMPRESSED_FROM = 2 * 1024;
/** From here on another thread does it: below it the way there and back takes longer than the work. */
const ASIDE_FROM = 32 * 1024;
/** No answer is larger; a packed value that claims to be is broken. */
const LARGEST = 256 * 1024 * 1024;

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const DECOMPRESSION = { maxOutputLength: LARGEST };

/** Packs a value that JSON can hold: two bytes of head, then its text, compressed where that pays. */
export async function packValue(value: unknown): Promise<Buffer> {
  const text = Buffer.from(JSON.stringify(value));
  if (text.length < COMPRESSED_FROM) return withHead(PLAIN, text);
  return withHead(
    ZSTD,
    text.length < ASIDE_FROM ? zstdCompressSync(text, COMPRESSION) : await compress(text, COMPRESSION),
  );
}

/** The same without compression, for what does not get smaller by it: the numbers of a vector look like noise. */
export function packPlain(value: unknown): Buffer {
  return withHead(PLAIN, Buffer.from(JSON.stringify(value)));
}

function withHead(form: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(VERSION, form), body]);
}

/** The value; `undefined` for what `packValue` of this release did not write. */
export async function unpackValue(packed: Buffer): Promise<unknown> {
  if (packed[0] !== VERSION) return undefined;
  const body = packed.subarray(HEAD_BYTES);
  try {
    const text = packed[1] === ZSTD ? await inflate(body) : body;
    return JSON.parse(text.toString()) as unknown;
  } catch {
    return undefined;
  }
}

function inflate(body: Buffer): Buffer | Promise<Buffer> {
  // What compresses this well is large when it is unpacked.
  return body.length * 16 < ASIDE_FROM
    ? zstdDecompressSync(body, DECOMPRESSION)
    : decompress(body, DECOMPRESSION);
}

import type { DecodeOptions, StreamDecoder } from '../../contract/wire-format.js';
import { FrameDecoder } from '../sse/frame-decoder.js';
import { StreamReader } from './stream-reader.js';

/**
 * Reads the stream of `streamGenerateContent?alt=sse`. There is no end marker: after the chunk with the finish reason
 * the frames just end. The JSON array that the method sends without `alt=sse` is never asked for.
 */
export function createStreamDecoder(options?: DecodeOptions): StreamDecoder {
  return new FrameDecoder(new StreamReader(options));
}

import type { DecodeOptions, StreamDecoder } from '../../contract/wire-format.js';
import { FrameDecoder } from '../sse/frame-decoder.js';
import { StreamReader } from './stream-reader.js';

/**
 * Reads a stream of Responses events; every frame goes on as it came. Is over after `response.completed` or
 * `response.incomplete`, and after an error.
 */
export function createStreamDecoder(options?: DecodeOptions): StreamDecoder {
  return new FrameDecoder(new StreamReader(options));
}

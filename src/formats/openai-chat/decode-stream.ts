import type { DecodeOptions, StreamDecoder } from '../../contract/wire-format.js';
import { FrameDecoder } from '../sse/frame-decoder.js';
import { StreamReader } from './stream-reader.js';

/**
 * Reads the stream of any OpenAI-compatible vendor. A frame goes on as it came, unless a client would stumble over it:
 * `"error": null`, a missing `choices`, tool calls with wrong indexes or repeated ids, several calls in one delta. Is
 * over after the end marker or an error.
 */
export function createStreamDecoder(options?: DecodeOptions): StreamDecoder {
  return new FrameDecoder(new StreamReader(options));
}

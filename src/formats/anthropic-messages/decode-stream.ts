import type { DecodeOptions, StreamDecoder } from '../../contract/wire-format.js';
import { FrameDecoder } from '../sse/frame-decoder.js';
import { StreamReader } from './stream-reader.js';

/** Reads a vendor's stream. Is over after `message_stop` and after an error; frames it does not know pass without events. */
export function createStreamDecoder(options?: DecodeOptions): StreamDecoder {
  return new FrameDecoder(new StreamReader(options));
}

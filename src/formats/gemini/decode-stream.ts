import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { StreamReader } from './stream-reader.js';

/**
 * Reads the stream of `streamGenerateContent?alt=sse`. There is no end marker: after the chunk with the finish reason
 * the frames just end. The JSON array that the method sends without `alt=sse` is never asked for.
 */
export async function* decodeStream(
  frames: AsyncIterable<readonly SseFrame[]>,
  options?: DecodeOptions,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  const reader = new StreamReader(options);
  for await (const batch of frames) {
    const chunks: ChatChunk[] = [];
    for (const frame of batch) {
      chunks.push(reader.read(frame));
      if (reader.isOver) break;
    }
    yield chunks;
    if (reader.isOver) return;
  }
}

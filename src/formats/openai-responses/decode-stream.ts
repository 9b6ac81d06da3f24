import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { StreamReader } from './stream-reader.js';

/**
 * Reads a stream of Responses events; every frame goes on as it came. Ends after `response.completed` or
 * `response.incomplete`, after an error, or when the frames end.
 */
export async function* decodeStream(
  frames: AsyncIterable<readonly SseFrame[]>,
  options?: DecodeOptions,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  const reader = new StreamReader(options);
  for await (const batch of frames) {
    const chunks: ChatChunk[] = [];
    for (const frame of batch) {
      const chunk = reader.read(frame);
      if (chunk !== undefined) chunks.push(chunk);
      if (reader.isOver) break;
    }
    if (chunks.length > 0) yield chunks;
    if (reader.isOver) return;
  }
}

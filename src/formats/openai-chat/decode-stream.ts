import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import { isJsonObject } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { decodeUsage } from './map-usage.js';
import { StreamReader } from './stream-reader.js';

/**
 * Reads the stream of any OpenAI-compatible vendor. A frame goes on as it came, unless a client would stumble over it:
 * `"error": null`, a missing `choices`, tool calls with wrong indexes or repeated ids, several calls in one delta. Ends
 * after the end marker or an error, or when the frames end.
 */
export async function* decodeStream(
  frames: AsyncIterable<readonly SseFrame[]>,
  options?: DecodeOptions,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  const reader = new StreamReader(options);
  for await (const batch of frames) {
    const chunks: ChatChunk[] = [];
    let over = false;
    for (const [position, frame] of batch.entries()) {
      over = reader.read(frame, chunks);
      if (!over) continue;
      addLateUsage(batch, position + 1, chunks);
      break;
    }
    if (chunks.length > 0) yield chunks;
    if (over) return;
  }
}

/** A usage report that came in one piece with the end marker, but behind it, still counts. */
function addLateUsage(batch: readonly SseFrame[], from: number, chunks: ChatChunk[]): void {
  for (let position = from; position < batch.length; position += 1) {
    const frame = batch[position];
    if (frame?.data.includes('"usage"') !== true) continue;
    try {
      const json: unknown = JSON.parse(frame.data);
      const usage = isJsonObject(json) ? decodeUsage(json['usage']) : undefined;
      if (usage !== undefined) chunks.splice(chunks.length - 1, 0, { events: [{ type: 'usage', usage }] });
    } catch {
      return;
    }
  }
}

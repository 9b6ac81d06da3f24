import { createParser } from 'eventsource-parser';
import type { SseFrame } from '../../contract/chat-event.js';

const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;

/**
 * Reads server-sent events from bytes that may be cut anywhere. Yields one batch of frames for each read that completes
 * at least one. An event that the end of the bytes leaves without its blank line is delivered too: many servers omit
 * the last one, and a truncated event shows itself as text that is not JSON.
 * @throws RangeError when one event is larger than 32 MiB
 */
export async function* decodeSse(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly SseFrame[], void, undefined> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  let batch: SseFrame[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: (event) => {
      batch.push(event);
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') {
        throw new RangeError('A server-sent event is larger than 32 MiB');
      }
    },
  });
  for await (const chunk of bytes) {
    parser.feed(text.decode(chunk, { stream: true }));
    if (batch.length > 0) {
      const frames = batch;
      batch = [];
      yield frames;
    }
  }
  // Closes a line and an event that the bytes left open; after a complete event it says nothing.
  parser.feed(`${text.decode()}\n\n`);
  if (batch.length > 0) yield batch;
}

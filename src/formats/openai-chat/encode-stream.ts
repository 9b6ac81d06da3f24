import type { ChatChunk } from '../../contract/chat-event.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { ChunkWriter } from './chunk-writer.js';
import { cutStreamError, encodeErrorEvent, END_MARKER, forwardStream } from './forward-stream.js';

/** Writes a stream of chat completion chunks: forwarded where it came in this format, else made from its events. */
export function encodeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  source: WireFormatName | undefined,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  return source === 'openai-chat' ? forwardStream(chunks, context) : writeStream(chunks, context);
}

async function* writeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const writer = new ChunkWriter(context);
  let ended = false;
  for await (const batch of chunks) {
    let text = '';
    for (const chunk of batch) {
      for (const event of chunk.events) {
        if (event.type === 'failure') {
          yield text + encodeErrorEvent(event.error);
          return;
        }
        if (event.type !== 'end') {
          text += writer.write(event);
        } else if (writer.finished && !ended) {
          text += writer.writeUsage() + END_MARKER;
          ended = true;
        }
      }
    }
    if (text !== '') yield text;
  }
  if (!ended) yield writer.finished ? writer.writeUsage() + END_MARKER : encodeErrorEvent(cutStreamError());
}

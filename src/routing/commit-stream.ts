import { isContentEvent, type ChatChunk } from '../contract/chat-event.js';

/** The chunks that were read before the commit, and the rest of the stream behind them. */
export interface CommittedStream {
  readonly held: readonly ChatChunk[];
  readonly rest: AsyncGenerator<readonly ChatChunk[], void, undefined>;
}

/**
 * Reads a stream up to its first content or finish reason: until then the caller has seen nothing, so a failure can
 * still become another attempt or a real status. What was read is handed on as one batch.
 * @throws what the stream throws before that point
 */
export async function commitStream(
  chunks: AsyncGenerator<readonly ChatChunk[], void, undefined>,
): Promise<CommittedStream> {
  const held: ChatChunk[] = [];
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return { held, rest: chunks };
    held.push(...next.value);
    if (next.value.some(hasCommitting)) return { held, rest: chunks };
  }
}

function hasCommitting(chunk: ChatChunk): boolean {
  return chunk.events.some((event) => event.type === 'finish' || isContentEvent(event));
}

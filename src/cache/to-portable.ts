import type { ChatChunk } from '../contract/chat-event.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import type { ServedBody } from './served-answer.js';

/**
 * An answer that everybody can be given who asked the same. A vendor's own words may go on as they are only where the
 * request that they answer went to it in its own words too: what answers a translated request has the vendor's names
 * of tools in it, and tools of the translator's.
 *
 * @param format of the request
 */
export function toPortable(body: ServedBody, format: WireFormatName): ServedBody {
  // Simple chat is sent to vendors as OpenAI's chat is.
  const own = format === 'simple-chat' ? 'openai-chat' : format;
  if (body.kind === 'stream')
    return body.source === own
      ? body
      : { kind: 'stream', chunks: withoutFrames(body.chunks), source: undefined };
  const { original, ...result } = body.result;
  return original === undefined || original.format === own ? body : { kind: 'result', result };
}

async function* withoutFrames(
  batches: AsyncIterable<readonly ChatChunk[]>,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  for await (const batch of batches) {
    const told = batch.filter(({ events }) => events.length > 0).map(({ events }): ChatChunk => ({ events }));
    if (told.length > 0) yield told;
  }
}

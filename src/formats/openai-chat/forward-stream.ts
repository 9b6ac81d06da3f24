import type { ChatChunk } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { encodeSse } from '../sse/encode-sse.js';
import { encodeError } from './encode-error.js';

export const END_MARKER = 'data: [DONE]\n\n';

/** An error as the last event of a stream. */
export function encodeErrorEvent(error: GatewayError): string {
  return `data: ${encodeError(error)}\n\n`;
}

/** The error of a stream that just ends, without a finish and without a failure. */
export function cutStreamError(): GatewayError {
  return new GatewayError('stream_interrupted', 'The stream ended before the answer was finished');
}

/**
 * Sends the frames of a stream of the same format on as they are. The usage-only chunk is left out unless the caller
 * asked for it; the end marker is written once, and only after a finish.
 */
export async function* forwardStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const { includeUsage } = context.request;
  let finished = false;
  let ended = false;
  for await (const batch of chunks) {
    let text = '';
    for (const chunk of batch) {
      let reportsUsage = false;
      let isEnd = false;
      for (const event of chunk.events) {
        if (event.type === 'finish') finished = true;
        else if (event.type === 'usage') reportsUsage = true;
        else if (event.type === 'end') isEnd = true;
        else if (event.type === 'ping' && chunk.frame === undefined) text += ': ping\n\n';
        else if (event.type === 'failure') {
          yield text + encodeErrorEvent(event.error);
          return;
        }
      }
      if (isEnd) {
        if (finished && !ended) {
          text += END_MARKER;
          ended = true;
        }
      } else if (chunk.frame !== undefined && !ended) {
        if (includeUsage || !reportsUsage || !hasNoChoices(chunk.frame.data)) text += encodeSse(chunk.frame);
      }
    }
    if (text !== '') yield text;
  }
  if (!ended) yield finished ? END_MARKER : encodeErrorEvent(cutStreamError());
}

function hasNoChoices(data: string): boolean {
  return /"choices"\s*:\s*\[\s*\]/.test(data);
}

import type { ChatChunk } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeError } from './encode-error.js';
import { StreamCollector } from './stream-collector.js';

const END_MARKER = 'data: [DONE]\n\n';

/**
 * Writes a stream: `data: {"content":"..."}` for each delta, one closing event with model, provider, usage and finish
 * reason, then `data: [DONE]`. Only the first answer is written. The closing event also brings `tool_calls` and
 * `reasoning` where the answer has them, whole.
 */
export async function* encodeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  _source: WireFormatName | undefined,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const collector = new StreamCollector(context);
  let ended = false;
  for await (const batch of chunks) {
    let text = '';
    for (const chunk of batch) {
      for (const event of chunk.events) {
        if (event.type === 'failure') {
          yield `${text}data: ${encodeError(event.error)}\n\n`;
          return;
        }
        if (event.type === 'text-delta' || event.type === 'refusal-delta') {
          if (event.choice === undefined || event.choice === 0)
            text += `data: {"content":${JSON.stringify(event.text)}}\n\n`;
        } else if (event.type === 'ping') {
          text += ': ping\n\n';
        } else if (event.type === 'end') {
          if (collector.finish !== undefined && !ended) {
            text += `${collector.writeClosing()}${END_MARKER}`;
            ended = true;
          }
        } else {
          collector.read(event);
        }
      }
    }
    if (text !== '') yield text;
  }
  if (ended) return;
  if (collector.finish !== undefined) {
    yield `${collector.writeClosing()}${END_MARKER}`;
  } else {
    const cut = new GatewayError('stream_interrupted', 'The stream ended before the answer was finished');
    yield `data: ${encodeError(cut)}\n\n`;
  }
}

import type { ChatChunk } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeSse } from '../sse/encode-sse.js';
import { encodeError } from './encode-error.js';
import { MessageStreamWriter } from './message-stream-writer.js';
import { PING_EVENT, STOP_EVENT } from './stream-events.js';

/**
 * Writes a stream in Anthropic's events. Frames of this format go on as they are; those of others are written anew.
 * A stream that brought a finish is always completed; one that did not ends in an `error` event. The chunks are read
 * to their end even when nothing more is written: whoever makes them keeps accounts when they end by themselves.
 */
export function encodeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  source: WireFormatName | undefined,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  return source === 'anthropic-messages' ? forwardStream(chunks, context) : writeStream(chunks, context);
}

/** What a chunk means for a stream that is passed on. */
interface Passage {
  text: string;
  finished: boolean;
  over: boolean;
}

async function* forwardStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const passage: Passage = { text: '', finished: false, over: false };
  for await (const batch of chunks) {
    passage.text = '';
    for (const chunk of batch) {
      if (passage.over) break;
      forwardChunk(chunk, passage, context);
    }
    if (passage.text !== '') yield passage.text;
  }
  if (!passage.over) yield passage.finished ? STOP_EVENT : encodeFailure(interrupted(), context);
}

function forwardChunk(chunk: ChatChunk, passage: Passage, context: AnswerContext): void {
  for (const event of chunk.events) {
    switch (event.type) {
      case 'finish':
        passage.finished = true;
        break;
      case 'end':
        passage.over = true;
        // An end without a finish is a cut answer; a relay's own end marker has no frame.
        if (!passage.finished) passage.text += encodeFailure(interrupted(), context);
        else if (chunk.frame === undefined) passage.text += STOP_EVENT;
        else break;
        return;
      case 'failure':
        passage.over = true;
        passage.text += encodeFailure(event.error, context);
        return;
      case 'vendor-error':
        // The gateway says it in its own words in the failure that follows.
        return;
      case 'ping':
        if (chunk.frame === undefined) passage.text += PING_EVENT;
        break;
      default:
        break;
    }
  }
  if (chunk.frame !== undefined) passage.text += encodeSse(chunk.frame);
}

async function* writeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const writer = new MessageStreamWriter(context);
  let over = false;
  for await (const batch of chunks) {
    let text = '';
    for (const chunk of batch) {
      for (const event of chunk.events) {
        if (over) break;
        over = event.type === 'end' || event.type === 'failure';
        if (event.type === 'end') text = endStream(writer, context);
        else if (event.type === 'failure') text = writer.take() + encodeFailure(event.error, context);
        else writer.write(event);
      }
    }
    text += writer.take();
    if (text !== '') yield text;
  }
  if (!over) yield endStream(writer, context);
}

function endStream(writer: MessageStreamWriter, context: AnswerContext): string {
  if (!writer.isFinished) return writer.take() + encodeFailure(interrupted(), context);
  writer.complete();
  return writer.take();
}

function interrupted(): GatewayError {
  return new GatewayError('stream_interrupted', 'The stream ended before the answer was complete');
}

function encodeFailure(error: GatewayError, context: AnswerContext): string {
  return encodeSse({ event: 'error', data: encodeError(error, context.requestId) });
}

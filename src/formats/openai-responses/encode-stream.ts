import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeSse } from '../sse/encode-sse.js';
import { EventSink } from './event-sink.js';
import { buildResponse, echoRequest } from './response-object.js';
import { emitFailure, ResponseStreamWriter } from './response-stream-writer.js';
import { toResponseId } from './to-response-id.js';

/**
 * Writes a stream of Responses events. Frames of this format go on as they are; those of others are written anew. A
 * stream without a finish ends in `error` and `response.failed`, never in `response.completed`. The format has no
 * `[DONE]`. The chunks are read to their end even when nothing more is written: whoever makes them keeps accounts when
 * they end by themselves.
 */
export function encodeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  source: WireFormatName | undefined,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  return source === 'openai-responses' ? forwardStream(chunks, context) : writeStream(chunks, context);
}

/** What is known of a stream that is passed on. */
interface Passage {
  text: string;
  start: Extract<ChatEvent, { type: 'start' }> | undefined;
  /** Data of the last frame that went out. */
  last: string;
  over: boolean;
}

async function* forwardStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const passage: Passage = { text: '', start: undefined, last: '', over: false };
  for await (const batch of chunks) {
    passage.text = '';
    for (const chunk of batch) if (!passage.over) forwardChunk(chunk, passage, context);
    if (passage.text !== '') yield passage.text;
  }
  if (!passage.over) yield encodeFailure(interrupted(), passage, context);
}

function forwardChunk(chunk: ChatChunk, passage: Passage, context: AnswerContext): void {
  let isFinished = false;
  for (const event of chunk.events) {
    if (event.type === 'start') passage.start = event;
    else if (event.type === 'finish') isFinished = chunk.frame !== undefined;
    else if (event.type === 'ping' && chunk.frame === undefined) passage.text += ': ping\n\n';
    // The gateway says it in its own words in the failure that follows.
    else if (event.type === 'vendor-error') return;
    else if (event.type === 'failure' || (event.type === 'end' && !isFinished)) {
      passage.over = true;
      const error = event.type === 'failure' ? event.error : interrupted();
      passage.text += encodeFailure(error, passage, context);
      return;
    }
  }
  if (chunk.frame === undefined) return;
  // The finish and the end marker of this format are one event.
  passage.over = isFinished;
  passage.last = chunk.frame.data;
  passage.text += encodeSse(chunk.frame);
}

/** The failure of a stream whose frames came from elsewhere: the id and the numbers go on where they stopped. */
function encodeFailure(error: GatewayError, passage: Passage, context: AnswerContext): string {
  const number = /"sequence_number"\s*:\s*(\d+)/.exec(passage.last)?.[1];
  const sink = new EventSink(number === undefined ? 0 : Number(number) + 1);
  const { start } = passage;
  const head = {
    id: start?.id || toResponseId('', context.requestId),
    model: start?.model || context.model,
    created: start?.created ?? Math.floor(context.receivedAt / 1000),
  };
  emitFailure(sink, error, buildResponse(head, echoRequest(context), { output: [], error }));
  return sink.take();
}

async function* writeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  context: AnswerContext,
): AsyncGenerator<string, void, undefined> {
  const writer = new ResponseStreamWriter(context);
  let over = false;
  for await (const batch of chunks) {
    for (const chunk of batch) {
      for (const event of chunk.events) {
        if (over) break;
        over = event.type === 'end' || event.type === 'failure';
        if (event.type === 'end') endStream(writer);
        else if (event.type === 'failure') writer.fail(event.error);
        else writer.write(event);
      }
    }
    const text = writer.take();
    if (text !== '') yield text;
  }
  if (over) return;
  endStream(writer);
  yield writer.take();
}

function endStream(writer: ResponseStreamWriter): void {
  if (writer.isFinished) writer.complete();
  else writer.fail(interrupted());
}

function interrupted(): GatewayError {
  return new GatewayError('stream_interrupted', 'The stream ended before the answer was finished');
}

import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext, StreamEncoder } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeSse } from '../sse/encode-sse.js';
import { EventSink } from './event-sink.js';
import { buildResponse, echoRequest } from './response-object.js';
import { emitFailure, ResponseStreamWriter } from './response-stream-writer.js';
import { toResponseId } from './to-response-id.js';

/**
 * Writes a stream of Responses events. Frames of this format go on as they are; those of others are written anew. A
 * stream without a finish ends in `error` and `response.failed`, never in `response.completed`. The format has no
 * `[DONE]`.
 */
export function createStreamEncoder(
  source: WireFormatName | undefined,
  context: AnswerContext,
): StreamEncoder {
  return source === 'openai-responses' ? new StreamForwarder(context) : new StreamTranslator(context);
}

class StreamForwarder implements StreamEncoder {
  private start: Extract<ChatEvent, { type: 'start' }> | undefined;
  /** Data of the last frame that went out. */
  private last = '';
  private isOver = false;

  constructor(private readonly context: AnswerContext) {}

  write(batch: readonly ChatChunk[]): string {
    let text = '';
    for (const chunk of batch) {
      if (this.isOver) break;
      text += this.forward(chunk);
    }
    return text;
  }

  end(): string {
    return this.isOver ? '' : this.fail(interrupted());
  }

  private forward({ frame, events }: ChatChunk): string {
    let text = '';
    let isFinished = false;
    for (const event of events) {
      if (event.type === 'start') this.start = event;
      else if (event.type === 'finish') isFinished = frame !== undefined;
      else if (event.type === 'ping' && frame === undefined) text += ': ping\n\n';
      // The gateway says it in its own words in the failure that follows.
      else if (event.type === 'vendor-error') return text;
      else if (event.type === 'failure') return text + this.fail(event.error);
      else if (event.type === 'end' && !isFinished) return text + this.fail(interrupted());
    }
    if (frame === undefined) return text;
    // The finish and the end marker of this format are one event.
    this.isOver = isFinished;
    this.last = frame.data;
    return text + encodeSse(frame);
  }

  /** The frames came from elsewhere: the id and the numbers go on where they stopped. */
  private fail(error: GatewayError): string {
    this.isOver = true;
    const { start, context } = this;
    const number = /"sequence_number"\s*:\s*(\d+)/.exec(this.last)?.[1];
    const sink = new EventSink(number === undefined ? 0 : Number(number) + 1);
    const head = {
      id: start?.id || toResponseId('', context.requestId),
      model: start?.model || context.model,
      created: start?.created ?? Math.floor(context.receivedAt / 1000),
    };
    emitFailure(sink, error, buildResponse(head, echoRequest(context), { output: [], error }));
    return sink.take();
  }
}

class StreamTranslator implements StreamEncoder {
  private readonly writer: ResponseStreamWriter;
  private isOver = false;

  constructor(context: AnswerContext) {
    this.writer = new ResponseStreamWriter(context);
  }

  write(batch: readonly ChatChunk[]): string {
    const { writer } = this;
    for (const { events } of batch) {
      for (const event of events) {
        if (this.isOver) break;
        if (event.type === 'end') this.finish();
        else if (event.type === 'failure') this.finish(event.error);
        else writer.write(event);
      }
    }
    return writer.take();
  }

  end(): string {
    if (!this.isOver) this.finish();
    return this.writer.take();
  }

  private finish(error?: GatewayError): void {
    this.isOver = true;
    if (error === undefined && this.writer.isFinished) this.writer.complete();
    else this.writer.fail(error ?? interrupted());
  }
}

function interrupted(): GatewayError {
  return new GatewayError('stream_interrupted', 'The stream ended before the answer was finished');
}

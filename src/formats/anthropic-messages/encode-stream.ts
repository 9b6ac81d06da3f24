import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext, StreamEncoder } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeSse } from '../sse/encode-sse.js';
import { encodeError } from './encode-error.js';
import { MessageStreamWriter } from './message-stream-writer.js';
import { PING_EVENT, STOP_EVENT } from './stream-events.js';

/**
 * Writes a stream in Anthropic's events. Frames of this format go on as they are, but for the name of the model, which is the
 * caller's; those of others are written anew.
 * A stream that brought a finish is always completed; one that did not ends in an `error` event.
 */
export function createStreamEncoder(
  source: WireFormatName | undefined,
  context: AnswerContext,
): StreamEncoder {
  return source === 'anthropic-messages' ? new StreamForwarder(context) : new StreamTranslator(context);
}

class StreamForwarder implements StreamEncoder {
  private hasFinished = false;
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
    if (this.isOver) return '';
    return this.hasFinished ? STOP_EVENT : encodeFailure(interrupted(), this.context);
  }

  private forward({ frame: sent, events }: ChatChunk): string {
    let text = '';
    let frame = sent;
    for (const event of events) {
      switch (event.type) {
        case 'start':
          frame &&= renameModel(frame, event.model, this.context.request.model);
          break;
        case 'finish':
          this.hasFinished = true;
          break;
        case 'end':
          this.isOver = true;
          // An end without a finish is a cut answer; a relay's own end marker has no frame.
          if (!this.hasFinished) return text + encodeFailure(interrupted(), this.context);
          if (frame === undefined) return text + STOP_EVENT;
          break;
        case 'failure':
          this.isOver = true;
          return text + encodeFailure(event.error, this.context);
        case 'vendor-error':
          // The gateway says it in its own words in the failure that follows.
          return text;
        case 'ping':
          if (frame === undefined) text += PING_EVENT;
          break;
        default:
          break;
      }
    }
    return frame === undefined ? text : text + encodeSse(frame);
  }
}

/** The frame of `message_start`, which holds nothing but the head of the message. */
function renameModel(frame: SseFrame, served: string, asked: string | undefined): SseFrame {
  if (asked === undefined || asked === served) return frame;
  const quoted = JSON.stringify(served).replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const member = new RegExp(String.raw`("model"\s*:\s*)${quoted}`);
  return {
    ...frame,
    data: frame.data.replace(member, (_, name: string) => `${name}${JSON.stringify(asked)}`),
  };
}

class StreamTranslator implements StreamEncoder {
  private readonly writer: MessageStreamWriter;
  private isOver = false;

  constructor(private readonly context: AnswerContext) {
    this.writer = new MessageStreamWriter(context);
  }

  write(batch: readonly ChatChunk[]): string {
    const { writer } = this;
    let ending = '';
    for (const { events } of batch) {
      for (const event of events) {
        if (this.isOver) break;
        this.isOver = event.type === 'end' || event.type === 'failure';
        if (event.type === 'end') ending = this.writeEnd();
        else if (event.type === 'failure') ending = writer.take() + encodeFailure(event.error, this.context);
        else writer.write(event);
      }
    }
    return ending + writer.take();
  }

  end(): string {
    return this.isOver ? '' : this.writeEnd();
  }

  private writeEnd(): string {
    const { writer } = this;
    if (!writer.isFinished) return writer.take() + encodeFailure(interrupted(), this.context);
    writer.complete();
    return writer.take();
  }
}

function interrupted(): GatewayError {
  return new GatewayError('stream_interrupted', 'The stream ended before the answer was complete');
}

function encodeFailure(error: GatewayError, context: AnswerContext): string {
  return encodeSse({ event: 'error', data: encodeError(error, context.requestId) });
}

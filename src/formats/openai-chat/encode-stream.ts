import type { ChatChunk } from '../../contract/chat-event.js';
import type { AnswerContext, StreamEncoder } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { ChunkWriter } from './chunk-writer.js';
import { cutStreamError, encodeErrorEvent, END_MARKER, StreamForwarder } from './forward-stream.js';

/** Writes a stream of chat completion chunks: forwarded where it came in this format, else made from its events. */
export function createStreamEncoder(
  source: WireFormatName | undefined,
  context: AnswerContext,
): StreamEncoder {
  return source === 'openai-chat' ? new StreamForwarder(context) : new StreamTranslator(context);
}

class StreamTranslator implements StreamEncoder {
  private readonly writer: ChunkWriter;
  private hasEnded = false;
  private hasFailed = false;

  constructor(context: AnswerContext) {
    this.writer = new ChunkWriter(context);
  }

  write(batch: readonly ChatChunk[]): string {
    const { writer } = this;
    let text = '';
    for (const { events } of batch) {
      for (const event of events) {
        if (this.hasFailed) return text;
        if (event.type === 'failure') {
          this.hasFailed = true;
          text += encodeErrorEvent(event.error);
        } else if (event.type !== 'end') {
          text += writer.write(event);
        } else if (writer.finished && !this.hasEnded) {
          text += this.writeEnd();
        }
      }
    }
    return text;
  }

  end(): string {
    if (this.hasEnded || this.hasFailed) return '';
    return this.writer.finished ? this.writeEnd() : encodeErrorEvent(cutStreamError());
  }

  private writeEnd(): string {
    this.hasEnded = true;
    return this.writer.writeUsage() + END_MARKER;
  }
}

import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext, StreamEncoder } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { encodeError } from './encode-error.js';
import { StreamCollector } from './stream-collector.js';

const END_MARKER = 'data: [DONE]\n\n';

/**
 * Writes a stream: `data: {"content":"..."}` for each delta, one closing event with model, provider, usage and finish
 * reason, then `data: [DONE]`. Only the first answer is written. The closing event also brings `tool_calls` and
 * `reasoning` where the answer has them, whole.
 */
export function createStreamEncoder(
  _source: WireFormatName | undefined,
  context: AnswerContext,
): StreamEncoder {
  return new SimpleStreamEncoder(context);
}

class SimpleStreamEncoder implements StreamEncoder {
  private readonly collector: StreamCollector;
  private hasEnded = false;
  private hasFailed = false;

  constructor(context: AnswerContext) {
    this.collector = new StreamCollector(context);
  }

  write(batch: readonly ChatChunk[]): string {
    let text = '';
    for (const { events } of batch) {
      for (const event of events) {
        if (this.hasFailed) return text;
        text += this.writeEvent(event);
      }
    }
    return text;
  }

  end(): string {
    if (this.hasEnded || this.hasFailed) return '';
    if (this.collector.finish !== undefined) return this.writeEnd();
    return encodeFailure(
      new GatewayError('stream_interrupted', 'The stream ended before the answer was finished'),
    );
  }

  private writeEvent(event: ChatEvent): string {
    switch (event.type) {
      case 'failure':
        this.hasFailed = true;
        return encodeFailure(event.error);
      case 'text-delta':
      case 'refusal-delta':
        if (event.choice !== undefined && event.choice !== 0) return '';
        return `data: {"content":${JSON.stringify(event.text)}}\n\n`;
      case 'ping':
        return ': ping\n\n';
      case 'end':
        return this.collector.finish === undefined || this.hasEnded ? '' : this.writeEnd();
      default:
        this.collector.read(event);
        return '';
    }
  }

  private writeEnd(): string {
    this.hasEnded = true;
    return `${this.collector.writeClosing()}${END_MARKER}`;
  }
}

function encodeFailure(error: GatewayError): string {
  return `data: ${encodeError(error)}\n\n`;
}

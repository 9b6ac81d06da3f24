import type { ChatChunk } from '../../contract/chat-event.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { AnswerContext, StreamEncoder } from '../../contract/wire-format.js';
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
export class StreamForwarder implements StreamEncoder {
  private readonly includeUsage: boolean;
  private hasFinished = false;
  private hasEnded = false;
  private hasFailed = false;

  constructor({ request }: AnswerContext) {
    this.includeUsage = request.includeUsage;
  }

  write(batch: readonly ChatChunk[]): string {
    let text = '';
    for (const chunk of batch) {
      if (this.hasFailed) break;
      text += this.forward(chunk);
    }
    return text;
  }

  end(): string {
    if (this.hasEnded || this.hasFailed) return '';
    return this.hasFinished ? END_MARKER : encodeErrorEvent(cutStreamError());
  }

  private forward({ frame, events }: ChatChunk): string {
    let text = '';
    let reportsUsage = false;
    for (const event of events) {
      if (event.type === 'finish') this.hasFinished = true;
      else if (event.type === 'usage') reportsUsage = true;
      else if (event.type === 'end') return text + this.writeEnd();
      else if (event.type === 'ping' && frame === undefined) text += ': ping\n\n';
      else if (event.type === 'failure') {
        this.hasFailed = true;
        return text + encodeErrorEvent(event.error);
      }
    }
    if (frame === undefined || this.hasEnded) return text;
    const isLeftOut = reportsUsage && !this.includeUsage && hasNoChoices(frame.data);
    return isLeftOut ? text : text + encodeSse(frame);
  }

  private writeEnd(): string {
    if (this.hasEnded || !this.hasFinished) return '';
    this.hasEnded = true;
    return END_MARKER;
  }
}

function hasNoChoices(data: string): boolean {
  return /"choices"\s*:\s*\[\s*\]/.test(data);
}

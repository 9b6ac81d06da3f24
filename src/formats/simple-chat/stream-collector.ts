import type { ChatEvent } from '../../contract/chat-event.js';
import type { Finish } from '../../contract/chat-result.js';
import type { Usage } from '../../contract/usage.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { encodeToolCall } from '../openai-chat/encode-messages.js';
import { mintToolCallId } from '../openai-chat/to-completion-id.js';
import { encodeUsage } from './encode-usage.js';

interface CollectedCall {
  readonly id: string;
  readonly name: string;
  readonly custom: boolean;
  arguments: string;
}

/** Keeps what a stream says until its closing event. One collector belongs to one stream. */
export class StreamCollector {
  finish: Finish | undefined;
  private model = '';
  private id = '';
  private reasoning = '';
  private usage: Usage | undefined;
  private readonly calls: CollectedCall[] = [];

  constructor(private readonly context: AnswerContext) {}

  read(event: ChatEvent): void {
    if ('choice' in event && event.choice !== 0) return;
    if (event.type === 'start') {
      this.id = event.id;
      this.model = event.model;
    } else if (event.type === 'usage') this.usage = event.usage;
    else if (event.type === 'finish') this.finish = event.finish;
    else if (event.type === 'reasoning-delta') this.reasoning += event.text;
    else if (event.type === 'tool-call-start') {
      const id = event.id || mintToolCallId(this.id || this.context.requestId, 0, event.index);
      this.calls[event.index] = { id, name: event.name, custom: event.custom === true, arguments: '' };
    } else if (event.type === 'tool-call-delta') {
      const call = this.calls[event.index];
      if (call !== undefined) call.arguments += event.arguments;
    }
  }

  /** The event before the end marker. */
  writeClosing(): string {
    const closing = {
      content: '',
      ...(this.reasoning === '' ? undefined : { reasoning: this.reasoning }),
      ...(this.calls.length === 0 ? undefined : { tool_calls: this.calls.map(encodeToolCall) }),
      model: this.model || this.context.model,
      provider: this.context.provider,
      usage: encodeUsage(this.usage, this.context),
      finish_reason: this.finish?.reason ?? null,
    };
    return `data: ${JSON.stringify(closing)}\n\n`;
  }
}

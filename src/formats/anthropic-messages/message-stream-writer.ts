import type { ChatEvent } from '../../contract/chat-event.js';
import type { Finish } from '../../contract/chat-result.js';
import type { Usage } from '../../contract/usage.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { BlockQueue, type QueuedBlock } from './block-queue.js';
import { encodeStopReason } from './map-stop-reason.js';
import { mintToolId, toAnthropicToolId } from './map-tool-id.js';
import { encodeUsage } from './map-usage.js';
import { ObjectTracker } from './object-tracker.js';
import { PING_EVENT, STOP_EVENT, writeEvent } from './stream-events.js';
import { toMessageId } from './to-message-id.js';

/**
 * Turns the events of one stream into Anthropic's: one `message_start`, blocks that open with their first content and
 * never overlap, one `message_delta` with the stop reason and the last usage, `message_stop`. Text is gathered until
 * it is taken.
 */
export class MessageStreamWriter {
  private text = '';
  private hasStarted = false;
  private hasToolCall = false;
  private hasRefusal = false;
  /**
   * White space that no text has followed yet. A block of nothing else would be refused by Anthropic when the caller
   * sends the conversation back, and vendors like to put one between two tool calls.
   */
  private whiteSpace = '';
  private finish: Finish | undefined;
  private usage: Usage | undefined;
  private readonly blocks = new BlockQueue((text) => {
    this.text += text;
  });

  constructor(private readonly context: AnswerContext) {}

  get isFinished(): boolean {
    return this.finish !== undefined;
  }

  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }

  write(event: ChatEvent): void {
    // The format holds one answer; of several the first is told.
    if ('choice' in event && (event.choice ?? 0) !== 0) return;
    switch (event.type) {
      case 'start':
        this.start(event.id, event.model);
        break;
      case 'text-delta':
        this.say('text', event.text);
        break;
      case 'refusal-delta':
        this.hasRefusal = true;
        this.say('text', event.text);
        break;
      case 'reasoning-delta':
        this.say('thinking', event.text);
        break;
      case 'reasoning-signature':
        this.sign(event.signature);
        break;
      case 'redacted-reasoning':
        this.push({ kind: 'redacted', start: { type: 'redacted_thinking', data: event.data } });
        break;
      case 'tool-call-start':
        this.hasToolCall = true;
        this.push({
          kind: 'tool',
          call: event.index,
          ...(event.custom === true ? {} : { tracker: new ObjectTracker() }),
          start: {
            type: 'tool_use',
            id:
              event.id === '' ? mintToolId(this.context.requestId, event.index) : toAnthropicToolId(event.id),
            name: event.name,
            input: {},
          },
        });
        break;
      case 'tool-call-delta': {
        const block = this.blocks.findCall(event.index);
        if (block !== undefined && event.arguments !== '') this.blocks.append(block, event.arguments);
        break;
      }
      case 'ping':
        this.text += PING_EVENT;
        break;
      case 'finish':
        this.finish ??= event.finish;
        break;
      case 'usage':
        this.usage = event.usage;
        break;
      // The format has no place for them, or they are not for the caller, or they end the stream.
      case 'annotations':
      case 'logprobs':
      case 'opaque':
      case 'work':
      case 'malformed':
      case 'vendor-error':
      case 'failure':
      case 'end':
        break;
    }
  }

  /** Closes what is open and writes the end. Only for a stream that is finished. */
  complete(): void {
    this.start('', '');
    this.blocks.flush();
    const stop = encodeStopReason(this.finish ?? { reason: 'stop', raw: '' }, {
      hasToolCall: this.hasToolCall,
      hasCutToolCall: this.blocks.hasCutToolCall,
      hasRefusal: this.hasRefusal,
    });
    this.text += writeEvent('message_delta', { delta: { ...stop }, usage: encodeUsage(this.usage) });
    this.text += STOP_EVENT;
  }

  private start(id: string, model: string): void {
    if (this.hasStarted) return;
    this.hasStarted = true;
    this.text += writeEvent('message_start', {
      message: {
        id: toMessageId(id, this.context.requestId),
        type: 'message',
        role: 'assistant',
        model: this.context.request.model ?? (model || this.context.model),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: encodeUsage(this.usage),
      },
    });
  }

  private say(kind: 'text' | 'thinking', fragment: string): void {
    const last = this.blocks.last;
    if (last?.kind === kind && !last.sealed) {
      if (fragment !== '') this.blocks.append(last, fragment);
      return;
    }
    const text = kind === 'text' ? this.whiteSpace + fragment : fragment;
    if (kind === 'text' && text.trim() === '') {
      this.whiteSpace = text;
      return;
    }
    if (text === '') return;
    const start =
      kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
    this.push({ kind, start, waiting: text });
  }

  private sign(signature: string | undefined): void {
    const last = this.blocks.last;
    if (last?.kind === 'thinking' && !last.sealed) {
      last.signature = signature;
      last.sealed = true;
    } else if (signature !== undefined) {
      // Vendors may sign thinking whose text they keep to themselves.
      const start = { type: 'thinking', thinking: '', signature: '' };
      this.push({ kind: 'thinking', start, signature, sealed: true });
    }
  }

  private push(block: Pick<QueuedBlock, 'kind' | 'start'> & Partial<QueuedBlock>): void {
    this.start('', '');
    this.whiteSpace = '';
    this.blocks.push({ waiting: '', arguments: '', sealed: false, ...block });
  }
}

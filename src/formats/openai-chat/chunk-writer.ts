import type { ChatEvent } from '../../contract/chat-event.js';
import type { Usage } from '../../contract/usage.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { encodeThinkingBlock } from './map-reasoning.js';
import { encodeUsage } from './map-usage.js';
import { mintToolCallId, toCompletionId } from './to-completion-id.js';

const TEXT_TAIL = '},"finish_reason":null}]}\n\n';

/**
 * Writes events as chat completion chunks, SSE framing included. The members that all chunks of a stream share are
 * written once and put in front of each. One writer belongs to one stream.
 */
export class ChunkWriter {
  /** Whether a finish was written. */
  finished = false;
  private id = '';
  private head = '';
  /** Everything before the text of a delta of the first answer. */
  private textHead = '';
  private usage: Usage | undefined;
  /** Answers whose first chunk, the one with the role, has gone out. */
  private readonly opened: boolean[] = [];
  /** Reasoning text of the block that is open, by answer: a signature goes out beside the text that it signs. */
  private readonly reasoning: string[] = [];
  /** Indexes of custom tool calls, as `choice:index`. */
  private customCalls: Set<string> | undefined;

  constructor(private readonly context: AnswerContext) {}

  /** Text for one event; empty where OpenAI's format has no words for it. */
  write(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta': {
        const text = JSON.stringify(event.text);
        // The most frequent event by far.
        if (event.choice === undefined && this.opened[0] === true) return this.textHead + text + TEXT_TAIL;
        return this.delta(event.choice, `{"content":${text}}`);
      }
      case 'reasoning-delta': {
        const choice = event.choice ?? 0;
        this.reasoning[choice] = (this.reasoning[choice] ?? '') + event.text;
        return this.delta(event.choice, `{"reasoning_content":${JSON.stringify(event.text)}}`);
      }
      case 'tool-call-delta':
        return this.toolCallDelta(event);
      case 'tool-call-start':
        return this.toolCallStart(event);
      case 'refusal-delta':
        return this.delta(event.choice, `{"refusal":${JSON.stringify(event.text)}}`);
      case 'reasoning-signature':
        return this.signature(event);
      case 'redacted-reasoning':
        return this.delta(event.choice, JSON.stringify({ thinking_blocks: [encodeThinkingBlock(event)] }));
      case 'start':
        return this.start(event.id, event.model, event.created);
      case 'logprobs':
        return this.chunk(
          event.choice ?? 0,
          '{}',
          `"logprobs":${JSON.stringify(event.logprobs)},"finish_reason":null`,
        );
      case 'finish':
        this.finished = true;
        return this.delta(event.choice, '{}', JSON.stringify(event.finish.reason));
      case 'usage':
        this.usage = event.usage;
        return '';
      case 'ping':
        return ': ping\n\n';
      case 'annotations':
      case 'opaque':
      case 'work':
      case 'vendor-error':
      case 'end':
      case 'malformed':
      case 'failure':
        return '';
    }
  }

  /** The usage chunk, for callers that asked for it; empty for others and where the vendor reported nothing. */
  writeUsage(): string {
    const usage = this.context.request.includeUsage ? encodeUsage(this.usage) : undefined;
    return usage === undefined ? '' : `${this.headOnce()}"choices":[],"usage":${JSON.stringify(usage)}}\n\n`;
  }

  private start(id: string, model: string, created: number | undefined): string {
    this.id = toCompletionId(id, this.context.requestId);
    const seconds = created ?? Math.floor(this.context.receivedAt / 1000);
    const name = JSON.stringify(model || this.context.model);
    this.head = `data: {"id":${JSON.stringify(this.id)},"object":"chat.completion.chunk","created":${String(seconds)},"model":${name},`;
    this.textHead = `${this.head}"choices":[{"index":0,"delta":{"content":`;
    return this.open(0);
  }

  private headOnce(): string {
    if (this.head === '') this.start('', '', undefined);
    return this.head;
  }

  private open(choice: number): string {
    if (this.opened[choice] === true) return '';
    this.opened[choice] = true;
    return this.chunk(choice, '{"role":"assistant","content":""}', '"finish_reason":null');
  }

  private delta(number: number | undefined, delta: string, finishReason = 'null'): string {
    const choice = number ?? 0;
    const chunk = this.chunk(choice, delta, `"finish_reason":${finishReason}`);
    return this.opened[choice] === true ? chunk : this.open(choice) + chunk;
  }

  private chunk(choice: number, delta: string, rest: string): string {
    const head = this.head === '' ? this.headOnce() : this.head;
    return `${head}"choices":[{"index":${String(choice)},"delta":${delta},${rest}}]}\n\n`;
  }

  private toolCallStart(event: Extract<ChatEvent, { type: 'tool-call-start' }>): string {
    const choice = event.choice ?? 0;
    this.headOnce();
    const id = event.id || mintToolCallId(this.id, choice, event.index);
    const about =
      event.custom === true
        ? { type: 'custom', custom: { name: event.name, input: '' } }
        : { type: 'function', function: { name: event.name, arguments: '' } };
    if (event.custom === true)
      (this.customCalls ??= new Set()).add(`${String(choice)}:${String(event.index)}`);
    const extra =
      event.signature === undefined
        ? undefined
        : { extra_content: { google: { thought_signature: event.signature } } };
    return this.delta(
      choice,
      JSON.stringify({ tool_calls: [{ index: event.index, id, ...about, ...extra }] }),
    );
  }

  private toolCallDelta(event: Extract<ChatEvent, { type: 'tool-call-delta' }>): string {
    const text = JSON.stringify(event.arguments);
    const isCustom = this.customCalls?.has(`${String(event.choice ?? 0)}:${String(event.index)}`) === true;
    const about = isCustom ? `"custom":{"input":${text}}` : `"function":{"arguments":${text}}`;
    return this.delta(event.choice, `{"tool_calls":[{"index":${String(event.index)},${about}}]}`);
  }

  /** Closes a reasoning block; the block goes out whole, so that clients can send it back without joining deltas. */
  private signature(event: Extract<ChatEvent, { type: 'reasoning-signature' }>): string {
    const choice = event.choice ?? 0;
    const { signature, id, encrypted } = event;
    const block = encodeThinkingBlock({
      type: 'reasoning',
      text: this.reasoning[choice] ?? '',
      signature,
      id,
      encrypted,
    });
    this.reasoning[choice] = '';
    return block === undefined ? '' : this.delta(choice, JSON.stringify({ thinking_blocks: [block] }));
  }
}

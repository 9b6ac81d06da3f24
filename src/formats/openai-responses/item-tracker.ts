import type { ChatEvent } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { readArray, readNumber, readString } from '../json/read-json.js';
import { readToolSignature } from '../openai-chat/decode-tool-calls.js';
import { decodeReasoning } from './map-reasoning.js';
import { decodeOutputItem } from './decode-output.js';

/** An output item that the stream has begun. */
interface OpenItem {
  /** Place among the tool calls, for calls. */
  readonly call: number | undefined;
  /** Content or summary parts whose text has come, by their index. */
  readonly said: boolean[];
  /** Which of its two texts a reasoning item tells; vendors that send both would say everything twice. */
  told: 'content' | 'summary' | undefined;
}

/**
 * The output items of one stream. What a vendor sends only in a `done` event (text without deltas, a call's arguments
 * in one piece) is told from there, and nothing is told twice.
 */
export class ItemTracker {
  private readonly items = new Map<number, OpenItem>();
  private calls = 0;

  constructor(private readonly options: DecodeOptions | undefined) {}

  get hasItems(): boolean {
    return this.items.size > 0;
  }

  get hasToolCalls(): boolean {
    return this.calls > 0;
  }

  /** `response.output_item.added` */
  add(index: number, item: JsonObject, events: ChatEvent[]): OpenItem {
    const known = this.items.get(index);
    if (known !== undefined) return known;
    const type = item['type'];
    const isCall = type === 'function_call' || type === 'custom_tool_call';
    const open: OpenItem = { call: isCall ? this.calls : undefined, said: [], told: undefined };
    this.items.set(index, open);
    if (isCall) {
      this.calls += 1;
      const name = readString(item['name']);
      const signature = readToolSignature(item);
      events.push({
        type: 'tool-call-start',
        index: this.calls - 1,
        id: readString(item['call_id']) || readString(item['id']),
        name: this.options?.toolNames?.get(name) ?? name,
        ...(type === 'custom_tool_call' ? { custom: true } : undefined),
        ...(signature === undefined ? undefined : { signature }),
      });
    } else if (type !== 'message' && type !== 'reasoning') {
      events.push({ type: 'opaque', format: 'openai-responses', value: item });
    }
    return open;
  }

  /** A fragment, or with `isDone` the whole, which counts only where no fragment came before it. */
  tell(event: JsonObject, kind: TextKind, isDone: boolean, events: ChatEvent[]): void {
    const item = this.find(event, kind, events);
    const part = readNumber(event[kind === 'summary' ? 'summary_index' : 'content_index']) ?? 0;
    if (isDone && item.said[part] === true) return;
    const text = readString(event[isDone ? WHOLE_MEMBERS[kind] : 'delta']);
    if (text !== '') this.say(item, part, kind, text, events);
  }

  /** `response.output_item.done` */
  finish(index: number, item: JsonObject, events: ChatEvent[]): void {
    const open = this.add(index, item, events);
    switch (item['type']) {
      case 'message':
        this.finishMessage(open, readArray(item['content']), events);
        break;
      case 'reasoning':
        this.finishReasoning(open, item, events);
        break;
      case 'function_call':
      case 'custom_tool_call': {
        const [part] = decodeOutputItem(item, this.options);
        if (open.said[0] !== true && part?.type === 'tool-call' && part.arguments !== '')
          this.say(open, 0, 'arguments', part.arguments, events);
        break;
      }
      default:
        events.push({ type: 'opaque', format: 'openai-responses', value: item });
    }
  }

  private finishMessage(open: OpenItem, content: readonly JsonValue[], events: ChatEvent[]): void {
    for (const [index, part] of content.entries()) {
      if (!isJsonObject(part) || open.said[index] === true) continue;
      const isRefusal = part['type'] === 'refusal';
      const text = readString(part[isRefusal ? 'refusal' : 'text']);
      if (text !== '') this.say(open, index, isRefusal ? 'refusal' : 'text', text, events);
    }
  }

  private finishReasoning(open: OpenItem, item: JsonObject, events: ChatEvent[]): void {
    const part = decodeReasoning(item);
    if (part.type === 'redacted-reasoning') {
      events.push({ type: 'redacted-reasoning', data: part.data });
      return;
    }
    if (open.told === undefined && part.text !== '') this.say(open, 0, 'content', part.text, events);
    if (open.told === undefined && part.encrypted === undefined && part.signature === undefined) return;
    const { id, encrypted, signature } = part;
    events.push({ type: 'reasoning-signature', id, encrypted, signature });
  }

  private find(event: JsonObject, kind: TextKind, events: ChatEvent[]): OpenItem {
    const index = readNumber(event['output_index']) ?? 0;
    return this.items.get(index) ?? this.add(index, describeLost(event, kind), events);
  }

  private say(item: OpenItem, part: number, kind: TextKind, text: string, events: ChatEvent[]): void {
    const isFirst = item.said[part] !== true;
    item.said[part] = true;
    switch (kind) {
      case 'text':
        events.push({ type: 'text-delta', text });
        break;
      case 'refusal':
        events.push({ type: 'refusal-delta', text });
        break;
      case 'arguments':
      case 'input':
        events.push({ type: 'tool-call-delta', index: item.call ?? 0, arguments: text });
        break;
      case 'content':
      case 'summary':
        item.told ??= kind;
        if (item.told !== kind) break;
        // Parts of a summary are paragraphs.
        events.push({
          type: 'reasoning-delta',
          text: isFirst && part > 0 && kind === 'summary' ? `\n\n${text}` : text,
        });
    }
  }
}

/** Which text of an item an event tells; `content` and `summary` are those of reasoning items. */
export type TextKind = 'text' | 'refusal' | 'arguments' | 'input' | 'content' | 'summary';

const WHOLE_MEMBERS: Readonly<Record<TextKind, string>> = {
  text: 'text',
  refusal: 'refusal',
  arguments: 'arguments',
  input: 'input',
  content: 'text',
  summary: 'text',
};

/** The item of a delta that came without its `added` event, as far as the delta tells. */
function describeLost(event: JsonObject, kind: TextKind): JsonObject {
  const about = { id: event['item_id'], name: event['name'] };
  switch (kind) {
    case 'text':
    case 'refusal':
      return { type: 'message' };
    case 'content':
    case 'summary':
      return { type: 'reasoning' };
    case 'arguments':
      return { type: 'function_call', ...about };
    case 'input':
      return { type: 'custom_tool_call', ...about };
  }
}

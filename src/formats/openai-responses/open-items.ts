import type { JsonObject, JsonValue } from '../../contract/json.js';
import { encodeSignature } from './encode-response.js';
import { toDeltaHead, type EventSink } from './event-sink.js';

/** Whether an item came to its end or the answer was cut before. */
export type ItemStatus = 'completed' | 'incomplete';

export interface ItemPlace {
  readonly sink: EventSink;
  readonly id: string;
  /** `output_index` */
  readonly index: number;
}

/** A message that is being written. Texts and refusals that take turns are parts of it. */
export class OpenMessage {
  private readonly content: JsonObject[] = [];
  private kind: 'text' | 'refusal' | undefined;
  private said = '';
  private head = '';
  private logprobs: JsonValue[] = [];

  constructor(private readonly place: ItemPlace) {
    const item = { ...this.describe(), status: 'in_progress', content: [] };
    place.sink.emit('response.output_item.added', { output_index: place.index, item });
  }

  say(kind: 'text' | 'refusal', text: string): void {
    if (this.kind !== kind) this.openPart(kind);
    this.said += text;
    this.place.sink.emitDelta(this.head, text);
  }

  /** Token probabilities come beside the text; they go out when it is whole. */
  addLogprobs(logprobs: readonly JsonValue[]): void {
    this.logprobs.push(...logprobs);
  }

  close(status: ItemStatus): JsonObject {
    this.closePart();
    const item = { ...this.describe(), status, content: this.content };
    this.place.sink.emit('response.output_item.done', { output_index: this.place.index, item });
    return item;
  }

  private describe(): JsonObject {
    return { id: this.place.id, type: 'message', role: 'assistant' };
  }

  private where(): JsonObject {
    return { item_id: this.place.id, output_index: this.place.index, content_index: this.content.length };
  }

  private openPart(kind: 'text' | 'refusal'): void {
    this.closePart();
    this.kind = kind;
    this.place.sink.emit('response.content_part.added', { ...this.where(), part: toPart(kind, '', []) });
    this.head =
      kind === 'text'
        ? toDeltaHead('response.output_text.delta', { ...this.where(), logprobs: [] })
        : toDeltaHead('response.refusal.delta', this.where());
  }

  private closePart(): void {
    const { kind, said, logprobs } = this;
    if (kind === undefined) return;
    const { sink } = this.place;
    if (kind === 'text') sink.emit('response.output_text.done', { ...this.where(), text: said, logprobs });
    else sink.emit('response.refusal.done', { ...this.where(), refusal: said });
    const part = toPart(kind, said, logprobs);
    sink.emit('response.content_part.done', { ...this.where(), part });
    this.content.push(part);
    this.kind = undefined;
    this.said = '';
    this.logprobs = [];
  }
}

function toPart(kind: 'text' | 'refusal', said: string, logprobs: JsonValue[]): JsonObject {
  return kind === 'text'
    ? { type: 'output_text', text: said, annotations: [], logprobs }
    : { type: 'refusal', refusal: said };
}

/** Reasoning that is being written, all of it as one summary part. */
export class OpenReasoning {
  private said = '';
  private head = '';

  constructor(private readonly place: ItemPlace) {
    const item = { id: place.id, type: 'reasoning', summary: [] };
    place.sink.emit('response.output_item.added', { output_index: place.index, item });
  }

  say(text: string): void {
    if (this.head === '') {
      const part = { type: 'summary_text', text: '' };
      this.place.sink.emit('response.reasoning_summary_part.added', { ...this.where(), part });
      this.head = toDeltaHead('response.reasoning_summary_text.delta', this.where());
    }
    this.said += text;
    this.place.sink.emitDelta(this.head, text);
  }

  close(encrypted: string | undefined): JsonObject {
    const { sink, id, index } = this.place;
    const summary: JsonObject[] = [];
    if (this.head !== '') {
      const part = { type: 'summary_text', text: this.said };
      sink.emit('response.reasoning_summary_text.done', { ...this.where(), text: this.said });
      sink.emit('response.reasoning_summary_part.done', { ...this.where(), part });
      summary.push(part);
    }
    const item = { id, type: 'reasoning', summary, encrypted_content: encrypted };
    sink.emit('response.output_item.done', { output_index: index, item });
    return item;
  }

  private where(): JsonObject {
    return { item_id: this.place.id, output_index: this.place.index, summary_index: 0 };
  }
}

interface CallStart {
  /** `call_id` */
  readonly id: string;
  readonly name: string;
  readonly custom: boolean;
  readonly signature?: string | undefined;
}

/** A tool call that is being written. */
export class OpenCall {
  private said = '';
  private readonly head: string;
  private readonly member: 'input' | 'arguments';
  private readonly events: string;

  constructor(
    private readonly place: ItemPlace,
    private readonly call: CallStart,
  ) {
    this.member = call.custom ? 'input' : 'arguments';
    this.events = call.custom ? 'response.custom_tool_call_input' : 'response.function_call_arguments';
    this.head = toDeltaHead(`${this.events}.delta`, this.where());
    place.sink.emit('response.output_item.added', {
      output_index: place.index,
      item: this.describe('in_progress'),
    });
  }

  /** Whether nothing more can come: only JSON tells where it ends. */
  get isWhole(): boolean {
    if (this.call.custom || !this.said.trimEnd().endsWith('}')) return false;
    try {
      JSON.parse(this.said);
      return true;
    } catch {
      return false;
    }
  }

  say(text: string): void {
    this.said += text;
    this.place.sink.emitDelta(this.head, text);
  }

  close(status: ItemStatus): JsonObject {
    const { sink, index } = this.place;
    // A call without arguments has an empty object of them.
    if (this.said === '' && !this.call.custom && status === 'completed') this.say('{}');
    sink.emit(`${this.events}.done`, { ...this.where(), name: this.call.name, [this.member]: this.said });
    const item = this.describe(status);
    sink.emit('response.output_item.done', { output_index: index, item });
    return item;
  }

  private where(): JsonObject {
    return { item_id: this.place.id, output_index: this.place.index };
  }

  private describe(status: ItemStatus | 'in_progress'): JsonObject {
    const { id, name, custom, signature } = this.call;
    return {
      id: this.place.id,
      type: custom ? 'custom_tool_call' : 'function_call',
      status,
      call_id: id,
      name,
      [this.member]: this.said,
      ...encodeSignature(signature),
    };
  }
}

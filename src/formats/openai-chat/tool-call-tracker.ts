import type { ChatEvent } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readObject, readString } from '../json/read-json.js';
import { readArguments, readToolSignature } from './decode-tool-calls.js';
import { mintToolCallId } from './to-completion-id.js';

interface OpenCall {
  /** Counted from 0. */
  readonly index: number;
  readonly vendorIndex: JsonValue | undefined;
  id: string;
  name: string;
  /** Arguments that came before the name. */
  early: string;
  started: boolean;
}

/**
 * The tool calls of one answer in one stream. Gives every call an index from 0, whatever the vendor counts, and says its
 * id and name once. Vendors count from 1, send no index, repeat the index for whole calls, repeat the id (or send it
 * empty) on every fragment, or send a whole call in one delta.
 */
export class ToolCallTracker {
  private readonly calls: OpenCall[] = [];
  private latest: OpenCall | undefined;

  constructor(
    private readonly choice: number,
    private readonly toolNames: ReadonlyMap<string, string> | undefined,
  ) {}

  get count(): number {
    return this.calls.length;
  }

  /**
   * Reads the fragments of one delta into events and brings the fragments themselves into order (index, id). Returns
   * whether a fragment was changed, so that its frame has to be written anew.
   */
  read(fragments: readonly JsonValue[], answerId: string, events: ChatEvent[]): boolean {
    let changed = false;
    for (const fragment of fragments) {
      if (isJsonObject(fragment) && this.readFragment(fragment, answerId, events)) changed = true;
    }
    return changed;
  }

  /** Says the calls whose name never came. */
  close(events: ChatEvent[]): void {
    for (const call of this.calls) if (!call.started) this.start(call, undefined, false, events);
  }

  private readFragment(fragment: JsonObject, answerId: string, events: ChatEvent[]): boolean {
    const custom = readObject(fragment['custom']);
    const about = custom ?? readObject(fragment['function']);
    const id = readString(fragment['id']);
    const name = readString(about?.['name']);
    const known = this.find(fragment['index'], id, name);
    const call = known ?? this.open(fragment['index'], id);
    this.latest = call;
    if (call.name === '') call.name = name;
    const text = readArguments(custom === undefined ? about?.['arguments'] : custom['input']);
    if (call.started) {
      if (text !== '') events.push(this.toDelta(call.index, text));
    } else {
      call.early += text;
      if (call.name !== '') this.start(call, readToolSignature(fragment), custom !== undefined, events);
    }
    return reorder(fragment, call, known === undefined, answerId, this.choice);
  }

  private find(index: JsonValue | undefined, id: string, name: string): OpenCall | undefined {
    const { latest } = this;
    if (latest === undefined) return undefined;
    if (index === undefined || index === null) {
      if (id !== '') return this.calls.find((call) => call.id === id);
      return name !== '' && latest.name !== '' ? undefined : latest;
    }
    const call =
      latest.vendorIndex === index
        ? latest
        : this.calls.findLast((candidate) => candidate.vendorIndex === index);
    // Ollama and others send several whole calls under one index: another id with a name is another call.
    const isNext = call !== undefined && id !== '' && call.id !== '' && id !== call.id && name !== '';
    return isNext ? this.calls.find((candidate) => candidate.id === id) : call;
  }

  private open(vendorIndex: JsonValue | undefined, id: string): OpenCall {
    const call: OpenCall = { index: this.calls.length, vendorIndex, id, name: '', early: '', started: false };
    this.calls.push(call);
    return call;
  }

  private start(call: OpenCall, signature: string | undefined, custom: boolean, events: ChatEvent[]): void {
    call.started = true;
    events.push({
      type: 'tool-call-start',
      index: call.index,
      id: call.id,
      name: this.toolNames?.get(call.name) ?? call.name,
      ...(custom ? { custom } : undefined),
      ...(signature === undefined ? undefined : { signature }),
      ...(this.choice === 0 ? undefined : { choice: this.choice }),
    });
    if (call.early !== '') events.push(this.toDelta(call.index, call.early));
  }

  private toDelta(index: number, text: string): ChatEvent {
    if (this.choice === 0) return { type: 'tool-call-delta', index, arguments: text };
    return { type: 'tool-call-delta', index, arguments: text, choice: this.choice };
  }
}

/** Clients start a new call on every id that they see, and look a call up by its index. */
function reorder(
  fragment: JsonObject,
  call: OpenCall,
  isFirst: boolean,
  answerId: string,
  choice: number,
): boolean {
  let changed = false;
  if (fragment['index'] !== call.index) {
    fragment['index'] = call.index;
    changed = true;
  }
  if (isFirst) {
    // Mistral sends none, and the official SDK then refuses the call.
    if (fragment['type'] === undefined) {
      fragment['type'] = fragment['custom'] === undefined ? 'function' : 'custom';
      changed = true;
    }
    if (call.id !== '') return changed;
    fragment['id'] = mintToolCallId(answerId, choice, call.index);
    return true;
  }
  if (fragment['id'] === undefined) return changed;
  if (call.id === '') call.id = readString(fragment['id']);
  delete fragment['id'];
  return true;
}

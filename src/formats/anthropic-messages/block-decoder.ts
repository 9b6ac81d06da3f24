import type { ChatEvent } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { parseJson } from '../json/parse-json.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';

/** A block that has begun and takes JSON fragments. */
interface OpenBlock {
  /** `answer` is the hidden tool; `ignored` a second use of it, or a server tool. */
  readonly kind: 'tool' | 'answer' | 'ignored';
  /** Position among the caller's tool calls. */
  readonly call: number;
  /** Input that came whole with the block's start; holds unless fragments follow. */
  input: string;
}

const NO_EVENTS: readonly ChatEvent[] = [];
const WORK: readonly ChatEvent[] = [{ type: 'work' }];

/** Reads the content blocks of one stream, each by its own index: blocks may be interleaved. */
export class BlockDecoder {
  /** How many tool calls the caller has been told of. */
  toolCalls = 0;
  /** The latest block is thinking, or a server tool that has been called: the vendor may be long about either. */
  isWorking = false;
  private readonly open = new Map<number, OpenBlock>();
  private answered = false;

  constructor(private readonly options: DecodeOptions | undefined) {}

  /** `text` is the event's own text, for numbers in it that a double cannot hold. */
  start(json: JsonObject, text: string): readonly ChatEvent[] {
    const index = readNumber(json['index']) ?? 0;
    const block = readObject(json['content_block']) ?? {};
    const type = readString(block['type']);
    this.isWorking = type === 'thinking' || (type !== 'tool_use' && type.endsWith('_tool_use'));
    switch (type) {
      case 'text':
        return [
          ...sayText(readString(block['text'])),
          ...cite(readArray(block['citations']).filter(isJsonObject)),
        ];
      case 'thinking':
        return [...think(readString(block['thinking'])), ...sign(readString(block['signature']))];
      case 'redacted_thinking':
        return [{ type: 'redacted-reasoning', data: readString(block['data']) }];
      case 'tool_use':
        return this.startTool(index, block, text);
      default:
        this.open.set(index, { kind: 'ignored', call: -1, input: '' });
        return [{ type: 'opaque', format: 'anthropic-messages', value: block }];
    }
  }

  private startTool(index: number, block: JsonObject, text: string): readonly ChatEvent[] {
    const name = readString(block['name']);
    const input = hasMembers(block['input']) ? readInput(text) : '';
    if (name === this.options?.answerTool) {
      this.open.set(index, { kind: this.answered ? 'ignored' : 'answer', call: -1, input });
      this.answered = true;
      return NO_EVENTS;
    }
    const call = this.toolCalls;
    this.toolCalls += 1;
    this.open.set(index, { kind: 'tool', call, input });
    return [
      {
        type: 'tool-call-start',
        index: call,
        id: readString(block['id']),
        name: this.options?.toolNames?.get(name) ?? name,
      },
    ];
  }

  delta(json: JsonObject): readonly ChatEvent[] {
    const delta = readObject(json['delta']);
    switch (delta?.['type']) {
      case 'text_delta':
        return sayText(readString(delta['text']));
      case 'input_json_delta':
        return this.addInput(readNumber(json['index']) ?? 0, readString(delta['partial_json']));
      case 'thinking_delta':
        return think(readString(delta['thinking']));
      case 'signature_delta':
        return sign(readString(delta['signature']));
      case 'citations_delta': {
        const citation = readObject(delta['citation']);
        return citation === undefined ? NO_EVENTS : cite([citation]);
      }
      default:
        return NO_EVENTS;
    }
  }

  private addInput(index: number, fragment: string): readonly ChatEvent[] {
    const block = this.open.get(index);
    if (block === undefined || fragment === '') return NO_EVENTS;
    block.input = '';
    return sayInput(block, fragment);
  }

  stop(json: JsonObject): readonly ChatEvent[] {
    const index = readNumber(json['index']) ?? 0;
    const block = this.open.get(index);
    if (block === undefined) return NO_EVENTS;
    this.open.delete(index);
    return block.input === '' ? NO_EVENTS : sayInput(block, block.input);
  }

  /** What blocks still hold that were never stopped. */
  flush(): readonly ChatEvent[] {
    if (this.open.size === 0) return NO_EVENTS;
    const events = [...this.open.values()].flatMap((block) =>
      block.input === '' ? [] : sayInput(block, block.input),
    );
    this.open.clear();
    return events;
  }
}

function sayInput(block: OpenBlock, fragment: string): readonly ChatEvent[] {
  switch (block.kind) {
    case 'tool':
      return [{ type: 'tool-call-delta', index: block.call, arguments: fragment }];
    case 'answer':
      return [{ type: 'text-delta', text: fragment }];
    case 'ignored':
      return WORK;
  }
}

function sayText(text: string): readonly ChatEvent[] {
  return text === '' ? NO_EVENTS : [{ type: 'text-delta', text }];
}

function think(text: string): readonly ChatEvent[] {
  return text === '' ? NO_EVENTS : [{ type: 'reasoning-delta', text }];
}

function sign(signature: string): readonly ChatEvent[] {
  return signature === '' ? NO_EVENTS : [{ type: 'reasoning-signature', signature }];
}

function cite(items: readonly JsonObject[]): readonly ChatEvent[] {
  return items.length === 0
    ? NO_EVENTS
    : [{ type: 'annotations', annotations: { format: 'anthropic-messages', items } }];
}

function hasMembers(input: unknown): boolean {
  return isJsonObject(input) && Object.keys(input).length > 0;
}

function readInput(text: string): string {
  const event = parseJson(text);
  const block = isJsonObject(event) ? readObject(event['content_block']) : undefined;
  return JSON.stringify(block?.['input'] ?? {});
}

import type { AssistantPart, ChatMessage, ContentPart, ToolCallPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readObject, readString } from '../json/read-json.js';
import type { RequestReader } from '../openai-chat/request-reader.js';
import { decodeContent, decodeParts } from './decode-content.js';
import { decodeReasoning } from './map-reasoning.js';

/** As in `ChatRequest`. */
export interface DecodedInput {
  readonly messages: readonly ChatMessage[];
  readonly messageOrigins: readonly number[];
}

const ROLES = 'user, assistant, system or developer';

/**
 * Reads `input`, whose items are messages, reasoning, calls and results side by side. What a model said in one turn
 * becomes one assistant message. Faults go to the reader; what is at fault is left out.
 */
export function decodeInput(value: JsonValue | undefined, reader: RequestReader): DecodedInput {
  if (typeof value === 'string' && value !== '') {
    const message: ChatMessage = { role: 'user', content: [{ type: 'text', text: value }] };
    return { messages: [message], messageOrigins: [0] };
  }
  if (!Array.isArray(value) || value.length === 0) {
    reader.fault('input', `must be a non-empty string or array of items, found ${describeInput(value)}`);
    return { messages: [], messageOrigins: [] };
  }
  const turns = new TurnList();
  for (const [index, item] of value.entries()) {
    const path = `input[${String(index)}]`;
    turns.itemIndex = index;
    if (isJsonObject(item)) decodeItem(item, path, turns, reader);
    else reader.fault(path, `must be an object, found ${describeJson(item)}`);
  }
  return { messages: turns.messages, messageOrigins: turns.origins };
}

function describeInput(value: JsonValue | undefined): string {
  if (value === '') return 'an empty string';
  return Array.isArray(value) ? 'an empty array' : describeJson(value);
}

/** Gathers the items of one assistant turn. */
class TurnList {
  readonly messages: ChatMessage[] = [];
  readonly origins: number[] = [];
  /** Of the item that is being read. */
  itemIndex = 0;
  private turn: AssistantPart[] | undefined;
  private hasText = false;
  private hasCall = false;

  push(message: ChatMessage): void {
    this.turn = undefined;
    this.messages.push(message);
    this.origins.push(this.itemIndex);
  }

  say(...parts: readonly AssistantPart[]): void {
    this.current().push(...parts);
  }

  /** A second message in a turn is a message of its own, unless calls before it wait for their results. */
  sayMessage(parts: readonly AssistantPart[]): void {
    if (this.hasText && !this.hasCall) this.turn = undefined;
    this.current().push(...parts);
    this.hasText = true;
  }

  call(part: ToolCallPart): void {
    this.current().push(part);
    this.hasCall = true;
  }

  private current(): AssistantPart[] {
    if (this.turn === undefined) {
      this.turn = [];
      this.hasText = false;
      this.hasCall = false;
      this.messages.push({ role: 'assistant', content: this.turn });
      this.origins.push(this.itemIndex);
    }
    return this.turn;
  }
}

function decodeItem(item: JsonObject, path: string, turns: TurnList, reader: RequestReader): void {
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
  switch (type) {
    case 'message':
      decodeMessage(item, path, turns, reader);
      break;
    case 'reasoning':
      turns.say(decodeReasoning(item));
      break;
    case 'function_call':
    case 'custom_tool_call':
      turns.call(decodeToolCall(item, path, type === 'custom_tool_call', reader));
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
      turns.push({
        role: 'tool',
        toolCallId: requireName(item, 'call_id', path, reader),
        content: decodeContent(item['output'], `${path}.output`, reader),
      });
      break;
    case 'item_reference':
      reader.fault(
        path,
        'is an item_reference, but nothing is stored here: send the item itself (SDKs do so with store: false)',
      );
      break;
    default:
      if (typeof type === 'string') keepForeign(item, type, turns);
      else
        reader.fault(
          `${path}.type`,
          `must be a string, or role must be ${ROLES}, found ${describeJson(type)}`,
        );
  }
}

/** What built-in tools did belongs to the assistant's turn; what the caller answers to them is the user's. */
function keepForeign(item: JsonObject, type: string, turns: TurnList): void {
  const part: ContentPart = { type: 'opaque', format: 'openai-responses', value: item };
  if (/_(?:output|response|update|trigger)$/.test(type)) turns.push({ role: 'user', content: [part] });
  else turns.say(part);
}

function decodeMessage(item: JsonObject, path: string, turns: TurnList, reader: RequestReader): void {
  const role = item['role'];
  const contentPath = `${path}.content`;
  switch (role) {
    case 'user':
    case 'system':
    case 'developer':
      turns.push({ role, content: decodeContent(item['content'], contentPath, reader) });
      break;
    case 'assistant':
      turns.sayMessage(decodeParts(item['content'], contentPath, reader));
      break;
    default:
      reader.fault(
        `${path}.role`,
        `must be ${ROLES}, found ${typeof role === 'string' ? JSON.stringify(role.slice(0, 40)) : describeJson(role)}`,
      );
  }
}

function decodeToolCall(
  item: JsonObject,
  path: string,
  custom: boolean,
  reader: RequestReader,
): ToolCallPart {
  const member = custom ? 'input' : 'arguments';
  const value = item[member];
  if (typeof value !== 'string')
    reader.fault(`${path}.${member}`, `must be a string, found ${describeJson(value)}`);
  // Our own extension of the item, see encode-response.ts.
  const google = readObject(readObject(item['extra_content'])?.['google']);
  const signature = readString(google?.['thought_signature']);
  return {
    type: 'tool-call',
    id: requireName(item, 'call_id', path, reader),
    name: requireName(item, 'name', path, reader),
    arguments: readString(value),
    ...(custom ? { custom } : undefined),
    ...(signature === '' ? undefined : { signature }),
  };
}

function requireName(item: JsonObject, member: string, path: string, reader: RequestReader): string {
  const value = item[member];
  if (typeof value === 'string' && value !== '') return value;
  reader.fault(
    `${path}.${member}`,
    `must be a non-empty string, found ${value === '' ? 'an empty one' : describeJson(value)}`,
  );
  return '';
}

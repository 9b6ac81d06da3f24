import type {
  AssistantMessage,
  AssistantPart,
  ChatMessage,
  ContentPart,
  SystemMessage,
  TextPart,
  ToolMessage,
} from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readObject, readString } from '../json/read-json.js';
import { decodeContentBlock, decodeTextBlock, listBlocks } from './decode-content.js';
import type { RequestFaults } from './request-faults.js';
import { UNSIGNED_THINKING } from './wire-types.js';

/** As in `ChatRequest`. */
interface Conversation {
  readonly messages: readonly ChatMessage[];
  readonly messageOrigins: readonly number[];
}

/** Reads `system` and `messages`. Tool results become messages of their own, before what else their turn says. */
export function decodeConversation(json: JsonObject, faults: RequestFaults): Conversation {
  const messages: ChatMessage[] = [];
  const messageOrigins: number[] = [];
  if (json['system'] !== undefined && json['system'] !== null) {
    const system = decodeSystem(json['system'], 'system', faults);
    if (system.content.length > 0) {
      messages.push(system);
      messageOrigins.push(-1);
    }
  }
  const list = json['messages'];
  if (!Array.isArray(list) || list.length === 0) {
    faults.add('messages', 'must be a non-empty array');
    return { messages, messageOrigins };
  }
  for (const [index, message] of list.entries()) {
    messages.push(...decodeMessage(message, `messages[${String(index)}]`, faults));
    while (messageOrigins.length < messages.length) messageOrigins.push(index);
  }
  return { messages, messageOrigins };
}

function decodeMessage(message: JsonValue, path: string, faults: RequestFaults): readonly ChatMessage[] {
  if (!isJsonObject(message)) {
    faults.expect(path, 'an object', message);
    return [];
  }
  const content = message['content'];
  switch (message['role']) {
    case 'user':
      return decodeUserTurn(content, `${path}.content`, faults);
    case 'assistant':
      return [decodeAssistantTurn(content, `${path}.content`, faults)];
    case 'system':
      return [decodeSystem(content, `${path}.content`, faults)];
    default:
      faults.add(
        `${path}.role`,
        `must be user, assistant or system, found ${JSON.stringify(message['role'] ?? null).slice(0, 60)}`,
      );
      return [];
  }
}

function decodeSystem(content: JsonValue | undefined, path: string, faults: RequestFaults): SystemMessage {
  const parts: TextPart[] = [];
  for (const [block, blockPath] of listBlocks(content, path, faults)) {
    if (block['type'] === 'text') parts.push(decodeTextBlock(block, blockPath, faults));
    else faults.add(`${blockPath}.type`, 'must be text: a system prompt holds nothing else');
  }
  return { role: 'system', content: parts };
}

function decodeUserTurn(content: JsonValue | undefined, path: string, faults: RequestFaults): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const parts: ContentPart[] = [];
  for (const [block, blockPath] of listBlocks(content, path, faults)) {
    if (block['type'] === 'tool_result') messages.push(decodeToolResult(block, blockPath, faults));
    else parts.push(decodeContentBlock(block, blockPath, faults));
  }
  if (parts.length > 0 || messages.length === 0) messages.push({ role: 'user', content: parts });
  return messages;
}

function decodeToolResult(block: JsonObject, path: string, faults: RequestFaults): ToolMessage {
  const content = block['content'];
  const blocks =
    content === undefined || content === null ? [] : listBlocks(content, `${path}.content`, faults);
  return {
    role: 'tool',
    toolCallId: faults.requireString(block, 'tool_use_id', `${path}.tool_use_id`),
    content: blocks.map(([inner, innerPath]) => decodeContentBlock(inner, innerPath, faults)),
    isError: faults.readBoolean(block, 'is_error', `${path}.is_error`),
    cacheControl: readObject(block['cache_control']),
  };
}

function decodeAssistantTurn(
  content: JsonValue | undefined,
  path: string,
  faults: RequestFaults,
): AssistantMessage {
  const parts = listBlocks(content, path, faults).map(([block, blockPath]) =>
    decodeAssistantBlock(block, blockPath, faults),
  );
  return { role: 'assistant', content: parts };
}

function decodeAssistantBlock(block: JsonObject, path: string, faults: RequestFaults): AssistantPart {
  switch (block['type']) {
    case 'thinking': {
      const text = block['thinking'];
      if (typeof text !== 'string') faults.expect(`${path}.thinking`, 'a string', text);
      const signature = faults.readString(block, 'signature', `${path}.signature`);
      const isSigned = signature !== undefined && signature !== '' && signature !== UNSIGNED_THINKING;
      return { type: 'reasoning', text: readString(text), ...(isSigned ? { signature } : {}) };
    }
    case 'redacted_thinking':
      return { type: 'redacted-reasoning', data: faults.requireString(block, 'data', `${path}.data`) };
    case 'tool_use': {
      const input = block['input'];
      if (!isJsonObject(input)) faults.expect(`${path}.input`, 'an object', input);
      return {
        type: 'tool-call',
        id: faults.requireString(block, 'id', `${path}.id`),
        name: faults.requireString(block, 'name', `${path}.name`),
        arguments: JSON.stringify(input ?? {}),
        cacheControl: readObject(block['cache_control']),
      };
    }
    default:
      return decodeContentBlock(block, path, faults);
  }
}

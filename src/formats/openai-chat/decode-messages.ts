import type { AssistantMessage, AssistantPart, ChatMessage, ContentPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readArray, readObject, readString } from '../json/read-json.js';
import { decodeContent, decodeParts } from './decode-content.js';
import { decodeToolCalls } from './decode-tool-calls.js';
import { decodeReasoning } from './map-reasoning.js';
import type { RequestReader } from './request-reader.js';

const ROLES = 'system, developer, user, assistant, tool or function';

/** Reads the message list in one walk. Faults go to the reader; what is at fault is left out. */
export function decodeMessages(list: readonly JsonValue[], reader: RequestReader): ChatMessage[] {
  const messages: ChatMessage[] = [];
  /** Id that the latest legacy `function_call` was given, for the `function` message that answers it. */
  let legacyId = '';
  for (const [index, item] of list.entries()) {
    if (isPlainText(item)) {
      messages.push({ role: item.role, content: [{ type: 'text', text: item.content }] });
      continue;
    }
    const path = `messages[${String(index)}]`;
    if (!isJsonObject(item)) {
      reader.fault(path, `must be an object, found ${describeJson(item)}`);
      continue;
    }
    const name = typeof item['name'] === 'string' ? { name: item['name'] } : undefined;
    const role = item['role'];
    switch (role) {
      case 'system':
      case 'developer':
      case 'user':
        messages.push({ role, content: decodeRequiredContent(item, path, reader), ...name });
        break;
      case 'assistant':
        if (readObject(item['function_call']) !== undefined) legacyId = `call_function_${String(index)}`;
        messages.push(decodeAssistant(item, path, legacyId, reader));
        break;
      case 'tool':
        if (typeof item['tool_call_id'] !== 'string' || item['tool_call_id'] === '') {
          reader.fault(
            `${path}.tool_call_id`,
            `must be the id of the tool call that the message answers, found ${describeJson(item['tool_call_id'])}`,
          );
        }
        messages.push(decodeToolResult(item, readString(item['tool_call_id']), path, reader));
        break;
      case 'function':
        messages.push(decodeToolResult(item, legacyId, path, reader));
        break;
      default:
        reader.fault(
          `${path}.role`,
          `must be ${ROLES}, found ${typeof role === 'string' ? JSON.stringify(role.slice(0, 40)) : describeJson(role)}`,
        );
    }
  }
  return messages;
}

interface PlainText {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string;
}

/** Most messages of a long conversation are a role and a text. */
function isPlainText(item: JsonValue): item is JsonObject & PlainText {
  if (!isJsonObject(item) || typeof item['content'] !== 'string' || item['content'] === '') return false;
  const { role } = item;
  if (role !== 'user' && role !== 'assistant' && role !== 'system') return false;
  for (const name in item) if (name !== 'role' && name !== 'content') return false;
  return true;
}

function decodeToolResult(
  item: JsonObject,
  toolCallId: string,
  path: string,
  reader: RequestReader,
): ChatMessage {
  const cacheControl = readObject(item['cache_control']);
  return {
    role: 'tool',
    toolCallId,
    content: decodeRequiredContent(item, path, reader),
    ...(cacheControl === undefined ? undefined : { cacheControl }),
  };
}

/** A marker on the message itself counts for its last part, as at LiteLLM and OpenRouter. */
function decodeRequiredContent(item: JsonObject, path: string, reader: RequestReader): ContentPart[] {
  const parts = decodeContent(item['content'], `${path}.content`, reader);
  const cacheControl = item['role'] === 'tool' ? undefined : readObject(item['cache_control']);
  const last = parts.at(-1);
  if (cacheControl !== undefined && last?.type === 'text')
    parts[parts.length - 1] = { ...last, cacheControl };
  return parts;
}

function decodeAssistant(
  item: JsonObject,
  path: string,
  legacyId: string,
  reader: RequestReader,
): AssistantMessage {
  const parts: AssistantPart[] = [...decodeReasoning(item)];
  const content = item['content'];
  if (content !== null && content !== undefined)
    parts.push(...decodeParts(content, `${path}.content`, reader));
  if (typeof item['refusal'] === 'string' && item['refusal'] !== '')
    parts.push({ type: 'refusal', text: item['refusal'] });
  const audio = readObject(item['audio']);
  if (audio !== undefined) parts.push({ type: 'opaque', format: 'openai-chat', value: { audio } });
  if (item['tool_calls'] != null && !Array.isArray(item['tool_calls'])) {
    reader.fault(`${path}.tool_calls`, `must be an array, found ${describeJson(item['tool_calls'])}`);
  }
  checkToolCalls(readArray(item['tool_calls']), path, reader);
  parts.push(...decodeToolCalls(item, legacyId));
  if (content === undefined && parts.length === 0 && !Array.isArray(item['tool_calls'])) {
    reader.fault(`${path}.content`, 'must be a string or an array of parts, found nothing');
  }
  const name = item['name'];
  return { role: 'assistant', content: parts, ...(typeof name === 'string' ? { name } : undefined) };
}

function checkToolCalls(calls: readonly JsonValue[], path: string, reader: RequestReader): void {
  for (const [index, call] of calls.entries()) {
    const callPath = `${path}.tool_calls[${String(index)}]`;
    if (!isJsonObject(call)) {
      reader.fault(callPath, `must be an object, found ${describeJson(call)}`);
      continue;
    }
    if (typeof call['id'] !== 'string' || call['id'] === '') {
      reader.fault(`${callPath}.id`, `must be a non-empty string, found ${describeJson(call['id'])}`);
    }
    if (readObject(call['function']) === undefined && readObject(call['custom']) === undefined) {
      reader.fault(`${callPath}.function`, `must be an object, found ${describeJson(call['function'])}`);
    }
  }
}

import type {
  AssistantPart,
  ContentPart,
  TextPart,
  ToolCallPart,
  ToolMessage,
} from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import { encodeDocument, encodeImage } from './encode-media.js';
import { toAnthropicToolId } from './map-tool-id.js';
import { toToolInput } from './to-tool-input.js';
import { UNSIGNED_THINKING } from './wire-types.js';

/** What the encoding of one request collects and needs on the way. */
export interface EncodingNotes {
  readonly toolName: (name: string) => string;
  /** Names of what was left out. */
  readonly dropped: Set<string>;
}

/**
 * Writes parts of a user turn or of a tool result. Empty text is left out: Anthropic refuses it.
 * @throws GatewayError `unsupported_parameter` for parts that Anthropic cannot take, naming `path`
 */
export function encodeParts(parts: readonly ContentPart[], path: string): JsonObject[] {
  const blocks: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const block = encodePart(part, `${path}[${String(index)}]`);
    if (block !== undefined) blocks.push(block);
  }
  return blocks;
}

function encodePart(part: ContentPart, path: string): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part);
    case 'image':
      return encodeImage(part, path);
    case 'document':
      return encodeDocument(part, path);
    case 'audio':
      throw new GatewayError('unsupported_parameter', `${path} is audio, which the target cannot hear`, {
        param: path,
      });
    case 'opaque':
      if (part.format === 'anthropic-messages') return part.value;
      // Left out, the question would be another one.
      throw new GatewayError('unsupported_parameter', `${path} is of a type that the target cannot take`, {
        param: path,
      });
  }
}

function encodeText(part: TextPart): JsonObject | undefined {
  if (part.text.trim() === '') return undefined;
  const citations =
    part.annotations?.format === 'anthropic-messages' ? [...part.annotations.items] : undefined;
  return { type: 'text', text: part.text, citations, cache_control: part.cacheControl };
}

/**
 * Writes an assistant turn. `path` is the message's: `messages[3]`.
 * @throws GatewayError `invalid_request` naming the tool call whose arguments are not a JSON object
 */
export function encodeAssistantParts(
  parts: readonly AssistantPart[],
  path: string,
  notes: EncodingNotes,
): JsonObject[] {
  const blocks: JsonObject[] = [];
  let calls = 0;
  for (const [index, part] of parts.entries()) {
    switch (part.type) {
      case 'reasoning':
        // Without a signature Anthropic refuses the block, and another vendor's thoughts prove nothing to it.
        if (part.signature !== undefined && part.signature !== '' && part.signature !== UNSIGNED_THINKING) {
          blocks.push({ type: 'thinking', thinking: part.text, signature: part.signature });
        }
        break;
      case 'redacted-reasoning':
        blocks.push({ type: 'redacted_thinking', data: part.data });
        break;
      case 'refusal':
        if (part.text.trim() !== '') blocks.push({ type: 'text', text: part.text });
        break;
      case 'tool-call':
        blocks.push(encodeToolCall(part, `${path}.tool_calls[${String(calls)}]`, notes));
        calls += 1;
        break;
      case 'opaque':
        if (part.format === 'anthropic-messages') blocks.push(part.value);
        else notes.dropped.add(`${path}.content[${String(index)}]`);
        break;
      case 'text':
      case 'image':
      case 'document':
      case 'audio': {
        const block = encodePart(part, `${path}.content[${String(index)}]`);
        if (block !== undefined) blocks.push(block);
        break;
      }
    }
  }
  return blocks;
}

function encodeToolCall(part: ToolCallPart, path: string, notes: EncodingNotes): JsonObject {
  if (part.id === '') {
    throw new GatewayError('invalid_request', `${path}.id must be a non-empty string`, {
      param: `${path}.id`,
    });
  }
  return {
    type: 'tool_use',
    id: toAnthropicToolId(part.id),
    name: notes.toolName(part.name),
    input:
      part.custom === true
        ? { input: part.arguments }
        : readArguments(part.arguments, `${path}.function.arguments`),
    cache_control: part.cacheControl,
  };
}

function readArguments(text: string, path: string): JsonObject {
  const input = toToolInput(text);
  if (input !== undefined) return input;
  throw new GatewayError('invalid_request', `${path} must be the text of a JSON object`, { param: path });
}

/** Text alone is written as a string, which may be empty; anything else as blocks. */
export function encodeToolResult(message: ToolMessage, path: string): JsonObject {
  const [first] = message.content;
  const plain =
    message.content.length === 1 && first?.type === 'text' && first.cacheControl === undefined
      ? first.text
      : undefined;
  const blocks = plain === undefined ? encodeParts(message.content, `${path}.content`) : [];
  return {
    type: 'tool_result',
    tool_use_id: toAnthropicToolId(message.toolCallId),
    content: plain ?? (blocks.length > 0 ? blocks : undefined),
    is_error: message.isError === true ? true : undefined,
    cache_control: message.cacheControl,
  };
}

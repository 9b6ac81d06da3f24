import type { ChatRequest } from '../../contract/chat-request.js';
import type { AssistantMessage, ChatMessage, ContentPart, ToolMessage } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';
import { toToolCallId, toToolName } from '../tools/map-tool-names.js';
import { messagePath } from '../../contract/message-path.js';
import { encodeContent, encodeParts, encodeTextContent } from './encode-content.js';
import { MAX_TOOL_CALL_ID, MAX_TOOL_NAME } from './limits.js';
import type { WireMessage, WireToolCall } from './wire-types.js';

/**
 * Writes the conversation for a request. OpenAI's format wants tool results right behind the calls that they answer, as
 * text: other messages that stand between wait until the last result, and pictures and documents of results go into
 * the user message that follows. Complaints name the caller's own message.
 */
export function encodeMessages(
  request: Pick<ChatRequest, 'messages' | 'messageOrigins' | 'original'>,
  traits: TargetTraits,
  dropped: Set<string>,
): WireMessage[] {
  const encoded: WireMessage[] = [];
  const waiting = new Set<string>();
  let held: (readonly [PlainMessage, path: string])[] = [];
  let media: JsonObject[] = [];
  const flush = (): void => {
    for (const [message, path] of held) {
      if (message.role === 'user' && media.length > 0) {
        const content = [...media, ...encodeParts(message.content, path)];
        encoded.push({ role: 'user', content, ...encodeName(message) });
        media = [];
      } else {
        encoded.push(encodePlain(message, path, traits));
      }
    }
    if (media.length > 0) encoded.push({ role: 'user', content: media });
    held = [];
    media = [];
  };
  for (const [index, message] of request.messages.entries()) {
    const path = `${messagePath(request, index)}.content`;
    if (message.role === 'tool') {
      waiting.delete(message.toolCallId);
      encoded.push(encodeToolResult(message, path, media));
    } else if (message.role === 'assistant') {
      flush();
      waiting.clear();
      for (const part of message.content) if (part.type === 'tool-call') waiting.add(part.id);
      encoded.push(encodeAssistant(message, traits, dropped));
    } else if (waiting.size > 0 || media.length > 0) {
      held.push([message, path]);
      if (waiting.size === 0) flush();
    } else {
      flush();
      encoded.push(encodePlain(message, path, traits));
    }
  }
  flush();
  return encoded;
}

type PlainMessage = Exclude<ChatMessage, ToolMessage | AssistantMessage>;

function encodePlain(message: PlainMessage, path: string, traits: TargetTraits): WireMessage {
  if (message.role === 'user')
    return { role: 'user', content: encodeContent(message.content, path), ...encodeName(message) };
  const role = message.role === 'developer' && traits.developerRole !== true ? 'system' : message.role;
  return { role, content: encodeTextContent(message.content, path), ...encodeName(message) };
}

function encodeName(message: PlainMessage): { name: string } | undefined {
  return message.name === undefined ? undefined : { name: message.name };
}

function encodeToolResult(message: ToolMessage, path: string, media: JsonObject[]): WireMessage {
  const texts: string[] = [];
  const attached: ContentPart[] = [];
  for (const part of message.content) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'document' && part.source.kind === 'text') texts.push(part.source.text);
    else if (part.type === 'opaque') texts.push(JSON.stringify(part.value));
    else attached.push(part);
  }
  const id = toToolCallId(message.toolCallId, MAX_TOOL_CALL_ID);
  if (attached.length > 0)
    media.push(
      { type: 'text', text: `Attached to the result of tool call ${id}:` },
      ...encodeParts(attached, path),
    );
  let content = texts.join('\n');
  if (content === '' && attached.length > 0) content = 'The result is attached to the next message.';
  if (content === '' && message.isError === true) content = 'The tool failed.';
  return { role: 'tool', tool_call_id: id, content };
}

/**
 * Reasoning of earlier turns is left out unless the vendor wants it back (`traits.reasoningField`): signatures mean
 * nothing to other vendors.
 */
function encodeAssistant(message: AssistantMessage, traits: TargetTraits, dropped: Set<string>): WireMessage {
  let text = '';
  let reasoning = '';
  const calls: WireToolCall[] = [];
  const own: JsonObject = {};
  for (const part of message.content) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        text += part.text;
        break;
      case 'reasoning':
        reasoning += part.text;
        break;
      case 'tool-call':
        calls.push(encodeHistoryCall(part));
        break;
      case 'redacted-reasoning':
        break;
      case 'opaque':
        if (part.format === 'openai-chat')
          Object.assign(own, part.value['audio'] === undefined ? undefined : part.value);
        else
          dropped.add(
            `messages.content.${typeof part.value['type'] === 'string' ? part.value['type'] : 'unknown'}`,
          );
        break;
      case 'image':
      case 'document':
      case 'audio':
        dropped.add(`messages.content.${part.type}`);
        break;
    }
  }
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || own['audio'] !== undefined) ? null : text,
    ...(reasoning !== '' && traits.reasoningField !== undefined
      ? { [traits.reasoningField]: reasoning }
      : undefined),
    ...(calls.length > 0 ? { tool_calls: calls } : undefined),
    ...own,
    ...(message.name === undefined ? undefined : { name: message.name }),
  };
}

function encodeHistoryCall(part: Parameters<typeof encodeToolCall>[0]): WireToolCall {
  return encodeToolCall({
    ...part,
    id: toToolCallId(part.id, MAX_TOOL_CALL_ID),
    name: toToolName(part.name, MAX_TOOL_NAME),
    arguments: part.arguments === '' && part.custom !== true ? '{}' : part.arguments,
  });
}

/** A whole tool call, for requests and answers alike. */
export function encodeToolCall(part: {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly custom?: boolean | undefined;
  readonly signature?: string | undefined;
}): WireToolCall {
  const extra =
    part.signature === undefined
      ? undefined
      : { extra_content: { google: { thought_signature: part.signature } } };
  return part.custom === true
    ? { id: part.id, type: 'custom', custom: { name: part.name, input: part.arguments }, ...extra }
    : { id: part.id, type: 'function', function: { name: part.name, arguments: part.arguments }, ...extra };
}

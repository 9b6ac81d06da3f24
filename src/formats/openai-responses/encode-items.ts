import type { ChatRequest } from '../../contract/chat-request.js';
import type { AssistantMessage, ContentPart, ToolCallPart, ToolMessage } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';
import { MAX_TOOL_NAME } from '../openai-chat/limits.js';
import { toToolCallId, toToolName } from '../tools/map-tool-names.js';
import { messagePath } from '../../contract/message-path.js';
import { encodeContent, type ContentNotes } from './encode-content.js';
import { isReadableProof } from './map-reasoning.js';

/** Longer ids of calls are refused. */
const MAX_CALL_ID = 64;

/** Writes a conversation as input items; parts of one assistant turn become items side by side. */
export function encodeItems(
  request: Pick<ChatRequest, 'messages' | 'messageOrigins' | 'original'>,
  traits: TargetTraits,
  notes: ContentNotes,
): JsonObject[] {
  const items: JsonObject[] = [];
  const customCalls = new Set<string>();
  for (const [index, message] of request.messages.entries()) {
    const path = `${messagePath(request, index)}.content`;
    switch (message.role) {
      case 'system':
      case 'developer': {
        const role = message.role === 'developer' && traits.developerRole !== true ? 'system' : message.role;
        items.push({ role, content: encodeContent(message.content, path, notes) });
        break;
      }
      case 'user':
        items.push({ role: 'user', content: encodeContent(message.content, path, notes) });
        break;
      case 'assistant':
        encodeAssistant(message, { items, customCalls, traits, notes });
        break;
      case 'tool':
        items.push(encodeToolOutput(message, customCalls, path, notes));
        break;
    }
    if (message.role !== 'tool' && message.name !== undefined) notes.dropped.add('messages.name');
  }
  return items;
}

interface TurnContext {
  readonly items: JsonObject[];
  readonly customCalls: Set<string>;
  readonly traits: TargetTraits;
  readonly notes: ContentNotes;
}

function encodeAssistant(message: AssistantMessage, context: TurnContext): void {
  const { items, notes } = context;
  let text = '';
  const flush = (): void => {
    if (text !== '') items.push({ role: 'assistant', content: text });
    text = '';
  };
  for (const part of message.content) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        text += part.text;
        break;
      case 'reasoning': {
        const item = encodePriorReasoning(part, context.traits);
        if (item === undefined) break;
        flush();
        items.push(item);
        break;
      }
      case 'tool-call':
        flush();
        if (part.custom === true) context.customCalls.add(part.id);
        items.push(encodeToolCall(part));
        break;
      case 'opaque':
        if (part.format === 'openai-responses') {
          flush();
          items.push(part.value);
        } else {
          const { type } = part.value;
          notes.dropped.add(`messages.content.${typeof type === 'string' ? type : 'unknown'}`);
        }
        break;
      // Only the vendor that wrote it can read it.
      case 'redacted-reasoning':
        break;
      case 'image':
      case 'document':
      case 'audio':
        notes.dropped.add(`messages.content.${part.type}`);
        break;
    }
  }
  flush();
}

/**
 * Reasoning of earlier turns goes back where it is encrypted for such a vendor, or where the vendor wants plain text
 * back (`traits.reasoningField`); signatures of other vendors mean nothing here.
 */
function encodePriorReasoning(
  part: { readonly text: string; readonly id?: string | undefined; readonly encrypted?: string | undefined },
  traits: TargetTraits,
): JsonObject | undefined {
  if (part.encrypted !== undefined && isReadableProof(part.encrypted)) {
    return {
      type: 'reasoning',
      ...(part.id === undefined ? undefined : { id: part.id }),
      summary: part.text === '' ? [] : [{ type: 'summary_text', text: part.text }],
      encrypted_content: part.encrypted,
    };
  }
  if (traits.reasoningField === undefined || part.text === '') return undefined;
  return { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: part.text }] };
}

function encodeToolCall(part: ToolCallPart): JsonObject {
  const call_id = toToolCallId(part.id, MAX_CALL_ID);
  const name = toToolName(part.name, MAX_TOOL_NAME);
  return part.custom === true
    ? { type: 'custom_tool_call', call_id, name, input: part.arguments }
    : { type: 'function_call', call_id, name, arguments: part.arguments === '' ? '{}' : part.arguments };
}

/** What only another format knows of a result, its model can still read. */
function toReadable(part: ContentPart): ContentPart {
  return part.type === 'opaque' && part.format !== 'openai-responses'
    ? { type: 'text', text: JSON.stringify(part.value) }
    : part;
}

function encodeToolOutput(
  message: ToolMessage,
  customCalls: ReadonlySet<string>,
  path: string,
  notes: ContentNotes,
): JsonObject {
  const output = encodeContent(message.content.map(toReadable), path, notes);
  return {
    type: customCalls.has(message.toolCallId) ? 'custom_tool_call_output' : 'function_call_output',
    call_id: toToolCallId(message.toolCallId, MAX_CALL_ID),
    output: output === '' && message.isError === true ? 'The tool failed.' : output,
  };
}

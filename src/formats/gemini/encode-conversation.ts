import type { ChatRequest } from '../../contract/chat-request.js';
import type { ContentPart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import { messagePath } from '../../contract/message-path.js';
import { readSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { encodeAssistantParts } from './encode-assistant.js';
import { encodeParts, type EncodingNotes } from './encode-parts.js';
import { encodeToolResult } from './encode-tool-result.js';
import type { WireContent } from './wire-types.js';

export interface EncodedConversation {
  readonly system: readonly string[];
  readonly contents: readonly WireContent[];
}

/**
 * Writes a conversation as Gemini wants it: system prompts apart, turns of one role merged, function responses at the
 * head of the user turn that follows their calls.
 * @throws GatewayError `invalid_request` when no turn is left, `unsupported_parameter` for content that cannot be sent
 */
export function encodeConversation(request: ChatRequest, notes: EncodingNotes): EncodedConversation {
  const system: string[] = [];
  const contents: WireContent[] = [];
  const names = collectCallNames(request);
  for (const [index, message] of request.messages.entries()) {
    const path = messagePath(request, index);
    switch (message.role) {
      case 'system':
      case 'developer':
        for (const [position, part] of message.content.entries())
          system.push(readSystemText(part, `${path}.content[${String(position)}]`));
        break;
      case 'user':
        turnOf(contents, 'user').push(...encodeParts(message.content, `${path}.content`));
        break;
      case 'assistant':
        turnOf(contents, 'model').push(...encodeAssistantParts(message.content, path, notes));
        break;
      case 'tool': {
        const parts = turnOf(contents, 'user');
        const { id } = readSignedToolCallId(message.toolCallId);
        const name = notes.toolName(names.get(id) ?? '');
        const { response, beside } = encodeToolResult(message, { id, name, path, notes });
        const others = parts.findIndex((part) => part['functionResponse'] === undefined);
        parts.splice(others === -1 ? parts.length : others, 0, response);
        parts.push(...beside);
        break;
      }
    }
    if (message.role !== 'tool' && message.name !== undefined) notes.dropped.add('messages.name');
  }
  const filled = contents.filter((content) => content.parts.length > 0);
  if (filled.length === 0) {
    throw new GatewayError(
      'invalid_request',
      'messages must hold at least one user message with content beside system messages',
      { param: 'messages' },
    );
  }
  return { system: system.filter((text) => text.trim() !== ''), contents: filled };
}

function turnOf(contents: WireContent[], role: WireContent['role']): JsonObject[] {
  const last = contents.at(-1);
  if (last?.role === role) return last.parts;
  const turn: WireContent = { role, parts: [] };
  contents.push(turn);
  return turn.parts;
}

function readSystemText(part: ContentPart, path: string): string {
  if (part.type === 'text') return part.text;
  throw new GatewayError(
    'unsupported_parameter',
    `${path} is not text; the target takes only text in system messages`,
    { param: path },
  );
}

/** A function's response must repeat its name, which other formats do not send with a result. */
function collectCallNames(request: ChatRequest): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const message of request.messages) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content)
      if (part.type === 'tool-call') names.set(readSignedToolCallId(part.id).id, part.name);
  }
  return names;
}

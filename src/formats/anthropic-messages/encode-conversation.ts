import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { readString } from '../json/read-json.js';
import { messagePath } from '../../contract/message-path.js';
import { encodeAssistantParts, encodeParts, encodeToolResult, type EncodingNotes } from './encode-content.js';
import type { WireTurn } from './wire-types.js';

export interface EncodedConversation {
  readonly system: JsonValue | undefined;
  readonly turns: readonly WireTurn[];
}

/**
 * Writes a conversation as Anthropic wants it: system prompts gathered at the top in their order, turns of one role
 * merged, tool results first in the user turn that follows their calls.
 * @throws GatewayError `invalid_request` when no turn is left, `unsupported_parameter` for content that cannot be sent
 */
export function encodeConversation(request: ChatRequest, notes: EncodingNotes): EncodedConversation {
  const system: JsonObject[] = [];
  const turns: WireTurn[] = [];
  for (const [index, message] of request.messages.entries()) {
    const path = messagePath(request, index);
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...encodeSystem(encodeParts(message.content, `${path}.content`), path));
        break;
      case 'user': {
        const blocks = encodeParts(message.content, `${path}.content`);
        if (blocks.length > 0) turnOf(turns, 'user').push(...blocks);
        else if (index === request.messages.length - 1) throw refuseEmpty(`${path}.content`);
        break;
      }
      case 'assistant': {
        const blocks = encodeAssistantParts(message.content, path, notes);
        if (blocks.length > 0) turnOf(turns, 'assistant').push(...blocks);
        break;
      }
      case 'tool': {
        const content = turnOf(turns, 'user');
        const results = content.findIndex((block) => block['type'] !== 'tool_result');
        content.splice(results === -1 ? content.length : results, 0, encodeToolResult(message, path));
        break;
      }
    }
    if (message.role !== 'tool' && message.name !== undefined) notes.dropped.add('messages.name');
  }
  trimLastText(turns);
  if (turns.length === 0) {
    throw new GatewayError(
      'invalid_request',
      'messages must hold at least one user message with content beside system messages',
      { param: 'messages' },
    );
  }
  return { system: joinSystem(system), turns };
}

function turnOf(turns: WireTurn[], role: WireTurn['role']): JsonObject[] {
  const last = turns.at(-1);
  if (last?.role === role) return last.content;
  const turn: WireTurn = { role, content: [] };
  turns.push(turn);
  return turn.content;
}

function refuseEmpty(path: string): GatewayError {
  // Left out, an assistant message would stand last and be continued instead of answered.
  return new GatewayError('invalid_request', `${path} must not be empty`, { param: path });
}

function encodeSystem(blocks: JsonObject[], path: string): JsonObject[] {
  const foreign = blocks.findIndex((block) => block['type'] !== 'text');
  if (foreign !== -1) {
    const param = `${path}.content[${String(foreign)}]`;
    throw new GatewayError(
      'unsupported_parameter',
      `${param} is not text; the target takes only text in system messages`,
      {
        param,
      },
    );
  }
  return blocks;
}

/** A plain string unless a part carries a cache marker, which needs a block of its own. */
function joinSystem(blocks: readonly JsonObject[]): JsonValue | undefined {
  if (blocks.length === 0) return undefined;
  if (blocks.some((block) => block['cache_control'] !== undefined)) return [...blocks];
  return blocks.map((block) => readString(block['text'])).join('\n\n');
}

/** Anthropic refuses a prefilled answer that ends in white space. */
function trimLastText(turns: WireTurn[]): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  const block = last.content.at(-1);
  const text = block?.['text'];
  if (block?.['type'] === 'text' && typeof text === 'string') {
    last.content[last.content.length - 1] = { ...block, text: text.trimEnd() };
  }
}

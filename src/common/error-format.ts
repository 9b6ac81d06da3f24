import type { IncomingHttpHeaders } from 'node:http';
import type { InboundFormat } from '../contract/wire-format.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../formats/anthropic-messages/anthropic-messages.format.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { SIMPLE_CHAT_INBOUND } from '../formats/simple-chat/simple-chat.format.js';

/**
 * The format that a caller of this path reads errors in, paths that do not exist included. Callers of both formats
 * list models; Anthropic's send `anthropic-version`.
 */
export function errorFormatOf(path: string, headers: IncomingHttpHeaders): InboundFormat {
  if (path === '/v1/chat' || path === '/v1/chat/') return SIMPLE_CHAT_INBOUND;
  if (path.startsWith('/v1/messages')) return ANTHROPIC_MESSAGES_INBOUND;
  if (path.startsWith('/v1/models') && headers['anthropic-version'] !== undefined) {
    return ANTHROPIC_MESSAGES_INBOUND;
  }
  return OPENAI_CHAT_INBOUND;
}

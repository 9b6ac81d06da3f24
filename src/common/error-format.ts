import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayError } from '../contract/gateway-error.js';
import type { InboundFormat } from '../contract/wire-format.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../formats/anthropic-messages/anthropic-messages.format.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { SIMPLE_CHAT_INBOUND } from '../formats/simple-chat/simple-chat.format.js';

/** Paths of OpenAI's API alone, whatever headers come with them. */
const OPENAI_ONLY = /^\/v1\/(?:chat|responses|embeddings)(?:\/|$)/;

/**
 * The format that a caller of this path, as `settlePath` leaves it, reads errors in. Paths that do not exist belong to the
 * family of their words and headers: who puts `/messages` behind a base URL speaks Anthropic's.
 */
export function errorFormatOf(path: string, headers: IncomingHttpHeaders): InboundFormat {
  if (path === '/v1/chat' || path === '/v1/chat/') return SIMPLE_CHAT_INBOUND;
  if (OPENAI_ONLY.test(path)) return OPENAI_CHAT_INBOUND;
  if (path.startsWith('/v1/messages')) return ANTHROPIC_MESSAGES_INBOUND;
  if (headers['anthropic-version'] !== undefined || /\/messages(?:\/|$)/.test(path)) {
    return ANTHROPIC_MESSAGES_INBOUND;
  }
  return OPENAI_CHAT_INBOUND;
}

/** The HTTP status that an error has for a caller of this path. */
export function errorStatusOf(path: string, headers: IncomingHttpHeaders, error: GatewayError): number {
  return errorFormatOf(path, headers).errorStatus?.(error) ?? error.status;
}

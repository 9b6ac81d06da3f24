import type { JsonObject } from '../contract/json.js';
import type { InboundFormat } from '../contract/wire-format.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../formats/anthropic-messages/anthropic-messages.format.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { OPENAI_RESPONSES_INBOUND } from '../formats/openai-responses/openai-responses.format.js';
import { SIMPLE_CHAT_INBOUND } from '../formats/simple-chat/simple-chat.format.js';

/** How a chat endpoint reads requests and writes answers. */
export interface ChatEndpoint {
  readonly writes: InboundFormat;
  /** The format of a request body; the same one, but for clients that mix two. */
  reads(json: JsonObject): InboundFormat;
  /** What keeps a silent stream alive without meaning anything to a client. */
  readonly sign: string;
}

const COMMENT = ': keep-alive\n\n';

export const SIMPLE_CHAT: ChatEndpoint = {
  writes: SIMPLE_CHAT_INBOUND,
  reads: () => SIMPLE_CHAT_INBOUND,
  sign: COMMENT,
};

/** Cursor sends bodies of the Responses API here and reads chat completions. */
export const CHAT_COMPLETIONS: ChatEndpoint = {
  writes: OPENAI_CHAT_INBOUND,
  reads: (json) =>
    json['messages'] === undefined && json['input'] !== undefined
      ? OPENAI_RESPONSES_INBOUND
      : OPENAI_CHAT_INBOUND,
  sign: COMMENT,
};

export const RESPONSES: ChatEndpoint = {
  writes: OPENAI_RESPONSES_INBOUND,
  reads: () => OPENAI_RESPONSES_INBOUND,
  sign: COMMENT,
};

export const MESSAGES: ChatEndpoint = {
  writes: ANTHROPIC_MESSAGES_INBOUND,
  reads: () => ANTHROPIC_MESSAGES_INBOUND,
  sign: 'event: ping\ndata: {"type": "ping"}\n\n',
};

import type { JsonObject } from '../../contract/json.js';

/** One event of Anthropic's stream: https://platform.claude.com/docs/en/build-with-claude/streaming */
export function writeEvent(type: string, members: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
}

/** The most frequent event, put together by hand. `kind` and `member` are the delta's type and where its text stands. */
export function writeDelta(index: number, kind: string, member: string, text: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${String(index)},"delta":{"type":"${kind}","${member}":${JSON.stringify(text)}}}\n\n`;
}

export const PING_EVENT = writeEvent('ping', {});
export const STOP_EVENT = writeEvent('message_stop', {});

import type { ChatRequest } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions } from '../../contract/wire-format.js';
import { isVerbatim } from '../json/is-verbatim.js';
import { patchOriginal } from '../json/patch-original.js';
import { ANTHROPIC_VERSION, beginsWithThinking, UNSIGNED_THINKING } from './wire-types.js';

/**
 * The caller's own body with the target's model, without the gateway's members and without what this target is known
 * to refuse. Messages are touched in two cases: thinking that a vendor of another format or another key had done
 * earlier in the conversation is taken out, since Anthropic refuses what it has not signed for this account.
 */
export function forwardRequest(
  request: ChatRequest,
  { model, traits, foreignReasoning = false }: EncodeOptions,
): EncodedRequest {
  const { text, json } = request.original;
  const edits: Record<string, JsonValue | undefined> = { model, models: undefined };
  if (json['provider'] !== undefined) edits['provider'] = undefined;
  const dropped: string[] = [];
  if (foreignReasoning) {
    removeThinking(json, edits, dropped, isThinking);
  } else if (text.includes(UNSIGNED_THINKING)) {
    removeThinking(json, edits, dropped, isUnsigned);
  }
  for (const member of traits.unsupported ?? []) {
    if (json[member] === undefined || member === 'model' || member === 'messages') continue;
    edits[member] = undefined;
    if (!dropped.includes(member)) dropped.push(member);
  }
  return {
    body: patchOriginal(request.original, edits),
    dropped,
    isVerbatim: isVerbatim(json, edits),
    headers: { 'anthropic-version': ANTHROPIC_VERSION, ...request.vendorHeaders },
  };
}

function removeThinking(
  json: JsonObject,
  edits: Record<string, JsonValue | undefined>,
  dropped: string[],
  isRemoved: (block: JsonValue) => boolean,
): void {
  if (!Array.isArray(json['messages'])) return;
  const messages = json['messages'].flatMap((message) => withoutBlocks(message, isRemoved));
  edits['messages'] = messages;
  const thinking = json['thinking'];
  if (isJsonObject(thinking) && thinking['type'] === 'enabled' && isUnthoughtToolLoop(messages)) {
    // A tool loop has to begin with signed thinking where thinking is enabled; this one began at another vendor.
    edits['thinking'] = undefined;
    dropped.push('thinking');
  }
}

/** A turn that held nothing else goes too: Anthropic merges the turns around it. */
function withoutBlocks(message: JsonValue, isRemoved: (block: JsonValue) => boolean): JsonValue[] {
  if (!isJsonObject(message) || !Array.isArray(message['content'])) return [message];
  const content = message['content'].filter((block) => !isRemoved(block));
  if (content.length === message['content'].length) return [message];
  return content.length > 0 ? [{ ...message, content }] : [];
}

function isUnsigned(block: JsonValue): boolean {
  return isJsonObject(block) && block['type'] === 'thinking' && block['signature'] === UNSIGNED_THINKING;
}

function isThinking(block: JsonValue): boolean {
  return isJsonObject(block) && (block['type'] === 'thinking' || block['type'] === 'redacted_thinking');
}

function isUnthoughtToolLoop(messages: readonly JsonValue[]): boolean {
  const results = readBlocks(messages.at(-1));
  return (
    results.some((block) => block['type'] === 'tool_result') &&
    !beginsWithThinking(readBlocks(messages.at(-2)))
  );
}

function readBlocks(message: JsonValue | undefined): readonly JsonObject[] {
  const content = isJsonObject(message) ? message['content'] : undefined;
  return Array.isArray(content) ? content.filter(isJsonObject) : [];
}

import type { ChatChoice, ChatResult } from '../../contract/chat-result.js';
import type { OriginalBody } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { patchOriginal } from '../json/patch-original.js';
import { readArray, readObject } from '../json/read-json.js';
import { encodeToolCall } from './encode-messages.js';
import { flattenContent } from './flatten-content.js';
import { toMediaUrl } from './map-data-uri.js';
import { encodeThinkingBlock } from './map-reasoning.js';
import { encodeUsage } from './map-usage.js';
import { mintToolCallId, toCompletionId } from './to-completion-id.js';
import type { WireMessage, WireToolCall } from './wire-types.js';

/** Writes a whole answer; the vendor's own text where it came in this format. */
export function encodeResponse(result: ChatResult, context: AnswerContext): string {
  const { original } = result;
  if (original?.format === 'openai-chat') return forwardResponse(original);
  const id = toCompletionId(result.id, context.requestId);
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created: result.created ?? Math.floor(context.receivedAt / 1000),
    model: result.model || context.model,
    choices: result.choices.map((choice) => ({
      index: choice.index,
      message: encodeMessage(choice, id),
      logprobs: choice.logprobs ?? null,
      finish_reason: choice.finish.reason,
    })),
    usage: encodeUsage(result.usage),
    service_tier: result.serviceTier,
  });
}

/** The vendor's text, changed only where clients would stumble over it. */
function forwardResponse(original: OriginalBody): string {
  const { json, text } = original;
  const edits: Record<string, JsonValue | undefined> = {};
  // Some clients take any `error` member for a failure.
  if (json['error'] === null) edits['error'] = undefined;
  const sent = readArray(json['choices']);
  const choices = sent.map(withFlatContent);
  const isFlattened = choices.some((choice, index) => choice !== sent[index]);
  if (isFlattened) edits['choices'] = choices;
  return 'error' in edits || isFlattened ? patchOriginal(original, edits) : text;
}

/** In a copy, since a kept answer is written several times. */
function withFlatContent(choice: JsonValue): JsonValue {
  const message = isJsonObject(choice) ? readObject(choice['message']) : undefined;
  if (!isJsonObject(choice) || !Array.isArray(message?.['content'])) return choice;
  const flat = { ...message };
  return flattenContent(flat) ? { ...choice, message: flat } : choice;
}

function encodeMessage(choice: ChatChoice, id: string): WireMessage {
  let text = '';
  let refusal = '';
  let reasoning = '';
  const blocks: JsonObject[] = [];
  const calls: WireToolCall[] = [];
  const images: JsonObject[] = [];
  for (const part of choice.content) {
    switch (part.type) {
      case 'text':
        text += part.text;
        break;
      case 'refusal':
        refusal += part.text;
        break;
      case 'reasoning':
      case 'redacted-reasoning': {
        if (part.type === 'reasoning') reasoning += part.text;
        const block = encodeThinkingBlock(part);
        if (block !== undefined) blocks.push(block);
        break;
      }
      case 'tool-call':
        calls.push(
          encodeToolCall({ ...part, id: part.id || mintToolCallId(id, choice.index, calls.length) }),
        );
        break;
      case 'image': {
        const url = toMediaUrl(part.source);
        if (url !== undefined) images.push({ type: 'image_url', image_url: { url } });
        break;
      }
      case 'document':
      case 'audio':
      case 'opaque':
        break;
    }
  }
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    refusal: refusal === '' ? null : refusal,
    ...(reasoning === '' ? undefined : { reasoning_content: reasoning }),
    ...(blocks.length === 0 ? undefined : { thinking_blocks: blocks }),
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    ...(images.length === 0 ? undefined : { images }),
  };
}

import type { ChatChoice, ChatResult } from '../../contract/chat-result.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { patchJson } from '../json/patch-json.js';
import { encodeToolCall } from './encode-messages.js';
import { toMediaUrl } from './map-data-uri.js';
import { encodeThinkingBlock } from './map-reasoning.js';
import { encodeUsage } from './map-usage.js';
import { mintToolCallId, toCompletionId } from './to-completion-id.js';
import type { WireMessage, WireToolCall } from './wire-types.js';

/** Writes a whole answer; the vendor's own text where it came in this format. */
export function encodeResponse(result: ChatResult, context: AnswerContext): string {
  const { original } = result;
  if (original.format === 'openai-chat') {
    // Some clients take any `error` member for a failure.
    return original.json['error'] === null ? patchJson(original.text, { error: undefined }) : original.text;
  }
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

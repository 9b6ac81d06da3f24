import type { ChatResult } from '../../contract/chat-result.js';
import type { AssistantPart, ToolCallPart } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { patchOriginal } from '../json/patch-original.js';
import { encodeServedTier } from './map-service-tier.js';
import { encodeStopReason } from './map-stop-reason.js';
import { mintToolId, toAnthropicToolId } from './map-tool-id.js';
import { encodeUsage } from './map-usage.js';
import { toMessageId } from './to-message-id.js';
import { toToolInput } from './to-tool-input.js';
import { UNSIGNED_THINKING } from './wire-types.js';

/**
 * Writes a whole answer: the vendor's own text where it came in this format, but for the model, which is named as the caller
 * named it: Claude Code drops the thinking of other names. Of several answers it holds the first.
 */
export function encodeResponse(result: ChatResult, context: AnswerContext): string {
  if (result.original?.format === 'anthropic-messages') {
    const { model } = context.request;
    return model === undefined ? result.original.text : patchOriginal(result.original, { model });
  }
  const [choice] = result.choices;
  const parts = choice?.content ?? [];
  const calls = parts.filter((part) => part.type === 'tool-call');
  const stop = encodeStopReason(choice?.finish ?? { reason: 'stop', raw: '' }, {
    hasToolCall: calls.length > 0,
    hasCutToolCall: calls.some((call) => call.custom !== true && toToolInput(call.arguments) === undefined),
    hasRefusal: parts.some((part) => part.type === 'refusal'),
  });
  return JSON.stringify({
    id: toMessageId(result.id, context.requestId),
    type: 'message',
    role: 'assistant',
    model: context.request.model ?? (result.model || context.model),
    content: encodeBlocks(parts, context.requestId),
    ...stop,
    usage: { ...encodeUsage(result.usage), service_tier: encodeServedTier(result.serviceTier) },
  });
}

function encodeBlocks(parts: readonly AssistantPart[], requestId: string): JsonObject[] {
  const blocks: JsonObject[] = [];
  let calls = 0;
  for (const part of parts) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        // Anthropic would refuse a block of white space when the caller sends the conversation back.
        if (part.text.trim() !== '') blocks.push({ type: 'text', text: part.text });
        break;
      case 'reasoning':
        if (part.text !== '' || part.signature !== undefined) {
          blocks.push({
            type: 'thinking',
            thinking: part.text,
            signature: part.signature ?? UNSIGNED_THINKING,
          });
        }
        break;
      case 'redacted-reasoning':
        blocks.push({ type: 'redacted_thinking', data: part.data });
        break;
      case 'tool-call':
        blocks.push(encodeToolUse(part, calls, requestId));
        calls += 1;
        break;
      case 'image':
      case 'document':
      case 'audio':
      case 'opaque':
        // Anthropic's answers have no block for them.
        break;
    }
  }
  return blocks;
}

function encodeToolUse(part: ToolCallPart, index: number, requestId: string): JsonObject {
  return {
    type: 'tool_use',
    id: part.id === '' ? mintToolId(requestId, index) : toAnthropicToolId(part.id),
    name: part.name,
    input: part.custom === true ? { input: part.arguments } : (toToolInput(part.arguments) ?? {}),
  };
}

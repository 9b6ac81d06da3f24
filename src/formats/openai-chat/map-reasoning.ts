import type { ReasoningPart, RedactedReasoningPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readString } from '../json/read-json.js';

type Reasoning = ReasoningPart | RedactedReasoningPart;

/**
 * The reasoning of an assistant message, from whichever member its vendor uses. The first of these that says anything
 * holds, since relays repeat the same text in several: `thinking_blocks` (ours, and LiteLLM's), `reasoning_details`
 * (OpenRouter), `reasoning_content` (DeepSeek, Qwen, xAI, GLM, Kimi), `reasoning` (Groq, Together, Ollama, Cerebras).
 */
export function decodeReasoning(message: JsonObject): readonly Reasoning[] {
  const blocks = readArray(message['thinking_blocks']).flatMap(decodeThinkingBlock);
  if (blocks.length > 0) return blocks;
  const details = readArray(message['reasoning_details']).flatMap(decodeReasoningDetail);
  const text = readReasoningText(message);
  if (details.length > 0) {
    const hasText = details.some((part) => part.type === 'reasoning' && part.text !== '');
    return hasText || text === '' ? details : [{ type: 'reasoning', text }, ...details];
  }
  return text === '' ? [] : [{ type: 'reasoning', text }];
}

/** Plain reasoning text of a message or a delta; empty where there is none. */
export function readReasoningText(message: JsonObject): string {
  return readString(message['reasoning_content']) || readString(message['reasoning']);
}

/** One item of `thinking_blocks`, our extension of OpenAI's messages (see `encodeThinkingBlocks`). */
function decodeThinkingBlock(block: JsonValue): readonly Reasoning[] {
  if (!isJsonObject(block)) return [];
  switch (block['type']) {
    case 'thinking': {
      const signature = readString(block['signature']);
      const text = readString(block['thinking']);
      return [{ type: 'reasoning', text, ...(signature === '' ? undefined : { signature }) }];
    }
    case 'redacted_thinking':
      return [{ type: 'redacted-reasoning', data: readString(block['data']) }];
    case 'encrypted_reasoning':
      return [
        {
          type: 'reasoning',
          text: readString(block['thinking']),
          id: readString(block['id']) || undefined,
          encrypted: readString(block['encrypted_content']) || undefined,
        },
      ];
    default:
      return [];
  }
}

/** One item of OpenRouter's `reasoning_details`. */
function decodeReasoningDetail(detail: JsonValue): readonly Reasoning[] {
  if (!isJsonObject(detail)) return [];
  const id = readString(detail['id']) || undefined;
  switch (detail['type']) {
    case 'reasoning.text': {
      const signature = readString(detail['signature']) || undefined;
      const text = readString(detail['text']);
      return text === '' && signature === undefined ? [] : [{ type: 'reasoning', text, signature }];
    }
    case 'reasoning.summary':
      return [{ type: 'reasoning', text: readString(detail['summary']), id }];
    case 'reasoning.encrypted': {
      const data = readString(detail['data']);
      if (readString(detail['format']).startsWith('anthropic')) return [{ type: 'redacted-reasoning', data }];
      return [{ type: 'reasoning', text: '', id, encrypted: data }];
    }
    default:
      return [];
  }
}

/** One item of `thinking_blocks`; `undefined` for reasoning that is text alone, which `reasoning_content` carries. */
export function encodeThinkingBlock(part: Reasoning): JsonObject | undefined {
  if (part.type === 'redacted-reasoning') return { type: 'redacted_thinking', data: part.data };
  if (part.signature !== undefined)
    return { type: 'thinking', thinking: part.text, signature: part.signature };
  if (part.encrypted === undefined) return undefined;
  return {
    type: 'encrypted_reasoning',
    thinking: part.text,
    ...(part.id === undefined ? undefined : { id: part.id }),
    encrypted_content: part.encrypted,
  };
}

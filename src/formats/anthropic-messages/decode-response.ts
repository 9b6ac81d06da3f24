import type { ChatResult } from '../../contract/chat-result.js';
import type { AssistantPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { UnreadableAnswer, type DecodeOptions } from '../../contract/wire-format.js';
import { parseJson } from '../json/parse-json.js';
import { readArray, readObject, readString } from '../json/read-json.js';
import { decodeEventError } from './decode-error.js';
import { decodeServiceTier } from './map-service-tier.js';
import { decodeStopReason } from './map-stop-reason.js';
import { decodeUsage } from './map-usage.js';

/**
 * Reads a whole answer. The text may be padded with white space.
 * @throws UnreadableAnswer when it is not JSON, is an error, or has no content
 */
export function decodeResponse(text: string, options?: DecodeOptions): ChatResult {
  const json = readAnswer(text);
  const parts = decodeBlocks(readArray(json['content']), options);
  const stopReason = readString(json['stop_reason']);
  const refusal = readString(readObject(json['stop_details'])?.['explanation']);
  if (stopReason === 'refusal' && refusal !== '') parts.push({ type: 'refusal', text: refusal });
  const finish = decodeStopReason(
    stopReason,
    readString(json['stop_sequence']),
    parts.some((part) => part.type === 'tool-call'),
  );
  const usage = readObject(json['usage']);
  const served = decodeUsage(usage);
  const serviceTier = decodeServiceTier(readString(usage?.['service_tier']));
  return {
    original: { format: 'anthropic-messages', text, json },
    id: readString(json['id']),
    model: readString(json['model']),
    choices: [{ index: 0, content: parts, finish }],
    ...(served === undefined ? {} : { usage: served }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}

function readAnswer(text: string): JsonObject {
  let json: JsonValue;
  try {
    json = parseJson(text);
  } catch {
    throw new UnreadableAnswer('The answer is not JSON');
  }
  if (!isJsonObject(json)) throw new UnreadableAnswer('The answer is not a JSON object');
  if (json['type'] === 'error' || isJsonObject(json['error'])) {
    throw new UnreadableAnswer('The answer is an error', decodeEventError(json));
  }
  if (!Array.isArray(json['content'])) throw new UnreadableAnswer('The answer has no content');
  return json;
}

function decodeBlocks(blocks: readonly JsonValue[], options: DecodeOptions | undefined): AssistantPart[] {
  const parts: AssistantPart[] = [];
  let answered = false;
  for (const block of blocks) {
    if (!isJsonObject(block)) continue;
    if (block['type'] === 'tool_use' && readString(block['name']) === options?.answerTool) {
      // A second answer would turn the first one's JSON into something else.
      if (!answered) parts.push({ type: 'text', text: JSON.stringify(block['input'] ?? {}) });
      answered = true;
    } else {
      parts.push(decodeBlock(block, options));
    }
  }
  return parts;
}

function decodeBlock(block: JsonObject, options: DecodeOptions | undefined): AssistantPart {
  switch (block['type']) {
    case 'text': {
      const citations = readArray(block['citations']).filter(isJsonObject);
      const text = readString(block['text']);
      return citations.length === 0
        ? { type: 'text', text }
        : { type: 'text', text, annotations: { format: 'anthropic-messages', items: citations } };
    }
    case 'thinking': {
      const text = readString(block['thinking']);
      const signature = readString(block['signature']);
      return signature === '' ? { type: 'reasoning', text } : { type: 'reasoning', text, signature };
    }
    case 'redacted_thinking':
      return { type: 'redacted-reasoning', data: readString(block['data']) };
    case 'tool_use': {
      const name = readString(block['name']);
      return {
        type: 'tool-call',
        id: readString(block['id']),
        name: options?.toolNames?.get(name) ?? name,
        arguments: JSON.stringify(block['input'] ?? {}),
      };
    }
    default:
      return { type: 'opaque', format: 'anthropic-messages', value: block };
  }
}

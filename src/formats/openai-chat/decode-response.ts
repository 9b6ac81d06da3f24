import type { ChatChoice, ChatResult } from '../../contract/chat-result.js';
import type { AssistantPart, TextPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { UnreadableAnswer, type DecodeOptions } from '../../contract/wire-format.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';
import { readThinkingText } from './decode-content.js';
import { decodeToolCalls } from './decode-tool-calls.js';
import { toMediaSource } from './map-data-uri.js';
import { decodeFinish, readFinishFault } from './map-finish-reason.js';
import { decodeReasoning } from './map-reasoning.js';
import { decodeUsage } from './map-usage.js';

/** @throws UnreadableAnswer when the text is not JSON, has no choices, or holds an error in the place of an answer */
export function decodeResponse(text: string, options?: DecodeOptions): ChatResult {
  const json = parseAnswer(text);
  const list = readArray(json['choices']);
  if (list.length === 0) throw toUnreadable(json);
  const choices: ChatChoice[] = [];
  for (const [index, choice] of list.entries())
    if (isJsonObject(choice)) choices.push(decodeChoice(choice, index, options));
  if (choices.length === 0) throw new UnreadableAnswer('The answer has no readable choices');
  const created = readNumber(json['created']);
  const usage = decodeUsage(json['usage']) ?? decodeUsage(readObject(json['x_groq'])?.['usage']);
  const serviceTier = readString(json['service_tier']);
  return {
    original: { format: 'openai-chat', text, json },
    id: readString(json['id']),
    model: readString(json['model']),
    ...(created === undefined || created === 0 ? undefined : { created }),
    choices,
    ...(usage === undefined ? undefined : { usage }),
    ...(serviceTier === '' ? undefined : { serviceTier }),
  };
}

function parseAnswer(text: string): JsonObject {
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    throw new UnreadableAnswer('The answer is not JSON');
  }
  if (!isJsonObject(json)) throw new UnreadableAnswer('The answer is not a JSON object');
  return json;
}

function toUnreadable(json: JsonObject): UnreadableAnswer {
  const hasError = json['error'] !== undefined && json['error'] !== null;
  if (hasError || typeof json['message'] === 'string' || json['detail'] !== undefined) {
    const error = decodeStreamError(json);
    return new UnreadableAnswer('The answer is an error', error);
  }
  return new UnreadableAnswer('The answer has no choices');
}

function decodeChoice(choice: JsonObject, position: number, options: DecodeOptions | undefined): ChatChoice {
  const raw = readString(choice['finish_reason']);
  const fault = readObject(choice['error']) === undefined ? readFinishFault(raw) : decodeStreamError(choice);
  if (fault !== undefined) throw new UnreadableAnswer('The answer ends with an error', fault);
  const message = readObject(choice['message']) ?? {};
  const content: AssistantPart[] = [...decodeReasoning(message)];
  readContent(message, content);
  const calls = decodeToolCalls(message, '');
  for (const call of calls) {
    const name = options?.toolNames?.get(call.name);
    content.push(name === undefined ? call : { ...call, name });
  }
  const logprobs = readObject(choice['logprobs']);
  return {
    index: readNumber(choice['index']) ?? position,
    content,
    finish: decodeFinish(raw, calls.length > 0),
    ...(logprobs === undefined ? undefined : { logprobs }),
  };
}

function readContent(message: JsonObject, parts: AssistantPart[]): void {
  const value = message['content'];
  const items = readArray(message['annotations']).filter(isJsonObject);
  if (typeof value === 'string' && value !== '') {
    const part: TextPart = { type: 'text', text: value };
    parts.push(items.length === 0 ? part : { ...part, annotations: { format: 'openai-chat', items } });
  }
  for (const item of readArray(value)) readContentItem(item, parts);
  const refusal = readString(message['refusal']);
  if (refusal !== '') parts.push({ type: 'refusal', text: refusal });
  for (const image of readArray(message['images'])) {
    const url = isJsonObject(image) ? readString(readObject(image['image_url'])?.['url']) : '';
    if (url !== '') parts.push({ type: 'image', source: toMediaSource(url) });
  }
  const audio = readObject(message['audio']);
  if (audio !== undefined) {
    // What was said is the answer's text for every format that has no sound.
    const transcript = readString(audio['transcript']);
    if (transcript !== '' && !parts.some((part) => part.type === 'text'))
      parts.push({ type: 'text', text: transcript });
    parts.push({ type: 'opaque', format: 'openai-chat', value: { audio } });
  }
}

/** Mistral's content is an array where the model thinks or cites. */
function readContentItem(item: JsonValue, parts: AssistantPart[]): void {
  if (typeof item === 'string') parts.push({ type: 'text', text: item });
  if (!isJsonObject(item)) return;
  switch (item['type']) {
    case 'text':
      parts.push({ type: 'text', text: readString(item['text']) });
      break;
    case 'thinking':
      parts.push({ type: 'reasoning', text: readThinkingText(item['thinking']) });
      break;
    case 'image_url': {
      const url = readString(readObject(item['image_url'])?.['url']) || readString(item['image_url']);
      if (url !== '') parts.push({ type: 'image', source: toMediaSource(url) });
      break;
    }
    default:
      parts.push({ type: 'opaque', format: 'openai-chat', value: item });
  }
}

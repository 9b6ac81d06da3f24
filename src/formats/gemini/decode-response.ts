import type { ChatChoice, ChatResult } from '../../contract/chat-result.js';
import type { AssistantPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { UnreadableAnswer, type DecodeOptions } from '../../contract/wire-format.js';
import { parseJson } from '../json/parse-json.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { isError, readBlockedPrompt } from './decode-error.js';
import {
  decodeCall,
  decodeInlineData,
  encryptSignature,
  readAnnotations,
  readSignature,
} from './decode-parts.js';
import { decodeFinish, readFinishReason } from './map-finish-reason.js';
import { decodeLogprobs } from './map-logprobs.js';
import { decodeUsage } from './map-usage.js';

/**
 * Reads a `GenerateContentResponse`.
 * @throws UnreadableAnswer when the text is not JSON, is an error, has no candidates, or says that the prompt was
 * blocked (`content_policy`)
 */
export function decodeResponse(text: string, options?: DecodeOptions): ChatResult {
  const json = readAnswer(text);
  const candidates = readArray(json['candidates']).filter(isJsonObject);
  if (candidates.length === 0) {
    const blocked = readBlockedPrompt(readObject(json['promptFeedback']));
    throw new UnreadableAnswer(
      blocked === undefined ? 'The answer has no candidates' : 'The prompt was blocked',
      blocked,
    );
  }
  const id = readString(json['responseId']);
  const usage = decodeUsage(json['usageMetadata']);
  return {
    original: { format: 'gemini', text, json },
    id,
    model: readString(json['modelVersion']),
    choices: candidates.map((candidate, position) => decodeCandidate(candidate, position, id, options)),
    ...(usage === undefined ? undefined : { usage }),
  };
}

function readAnswer(text: string): JsonObject {
  let json: JsonValue;
  try {
    json = parseJson(text);
  } catch {
    throw new UnreadableAnswer('The answer is not JSON');
  }
  if (isError(json)) throw new UnreadableAnswer('The answer is an error', decodeStreamError(json));
  if (!isJsonObject(json)) throw new UnreadableAnswer('The answer is not a JSON object');
  return json;
}

function decodeCandidate(
  candidate: JsonObject,
  position: number,
  answerId: string,
  options: DecodeOptions | undefined,
): ChatChoice {
  const choice = readNumber(candidate['index']) ?? position;
  const content: AssistantPart[] = [];
  let index = 0;
  for (const part of readArray(readObject(candidate['content'])?.['parts'])) {
    if (!isJsonObject(part)) continue;
    const call = readObject(part['functionCall']);
    if (call === undefined) {
      decodePart(part, content);
    } else {
      content.push({ type: 'tool-call', ...decodeCall(call, part, { answerId, choice, index }, options) });
      index += 1;
    }
  }
  annotate(content, readAnnotations(candidate));
  const logprobs = decodeLogprobs(candidate['logprobsResult']);
  return {
    index: choice,
    content,
    finish: decodeFinish(readFinishReason(candidate['finishReason']), index > 0),
    ...(logprobs === undefined ? undefined : { logprobs }),
  };
}

function decodePart(part: JsonObject, content: AssistantPart[]): void {
  const text = part['text'];
  if (typeof text !== 'string') {
    const data = readObject(part['inlineData']);
    content.push(
      data === undefined ? { type: 'opaque', format: 'gemini', value: part } : decodeInlineData(data),
    );
    return;
  }
  if (part['thought'] === true) {
    if (text !== '') content.push({ type: 'reasoning', text });
    return;
  }
  const signature = readSignature(part);
  if (signature !== '') sign(content, encryptSignature(signature));
  if (text !== '') content.push({ type: 'text', text });
}

/** A text's signature proves the reasoning before it, whether that was shown or not. */
function sign(content: AssistantPart[], encrypted: string): void {
  const last = content.at(-1);
  if (last?.type === 'reasoning' && last.encrypted === undefined)
    content[content.length - 1] = { ...last, encrypted };
  else content.push({ type: 'reasoning', text: '', encrypted });
}

function annotate(content: AssistantPart[], items: readonly JsonObject[]): void {
  if (items.length === 0) return;
  const index = content.findLastIndex((part) => part.type === 'text');
  const part = content[index];
  if (part?.type === 'text') content[index] = { ...part, annotations: { format: 'gemini', items } };
}

import type { ChatResult } from '../../contract/chat-result.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { UnreadableAnswer, type DecodeOptions } from '../../contract/wire-format.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { readArray, readNumber, readString } from '../json/read-json.js';
import { decodeUsage } from '../openai-chat/map-usage.js';
import { decodeOutputItem, readLogprobs } from './decode-output.js';
import { decodeFinish } from './map-finish.js';

/** @throws UnreadableAnswer when the text is not JSON, has no output, or says that the response failed */
export function decodeResponse(text: string, options?: DecodeOptions): ChatResult {
  const json = parseAnswer(text);
  const status = readString(json['status']);
  if (!Array.isArray(json['output']) || isFailed(json, status)) throw toUnreadable(json, status);
  const output = readArray(json['output']).filter(isJsonObject);
  const content = output.flatMap((item) => decodeOutputItem(item, options));
  const hasToolCalls = content.some((part) => part.type === 'tool-call');
  const logprobs = readLogprobs(output);
  const created = readNumber(json['created_at']);
  const usage = decodeUsage(json['usage']);
  const serviceTier = readString(json['service_tier']);
  return {
    original: { format: 'openai-responses', text, json },
    id: readString(json['id']),
    model: readString(json['model']),
    ...(created === undefined || created === 0 ? undefined : { created }),
    choices: [
      {
        index: 0,
        content,
        finish: decodeFinish(json, status === 'incomplete', hasToolCalls),
        ...(logprobs === undefined ? undefined : { logprobs }),
      },
    ],
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

/** A background response that still runs is no answer either. */
function isFailed(json: JsonObject, status: string): boolean {
  if (json['error'] !== undefined && json['error'] !== null) return true;
  return status !== '' && status !== 'completed' && status !== 'incomplete';
}

function toUnreadable(json: JsonObject, status: string): UnreadableAnswer {
  const hasError = json['error'] !== undefined && json['error'] !== null;
  if (hasError || typeof json['message'] === 'string' || json['detail'] !== undefined)
    return new UnreadableAnswer('The answer is an error', decodeStreamError(toErrorBody(json)));
  return new UnreadableAnswer(
    status === '' ? 'The answer has no output' : `The answer has the status ${status.slice(0, 40)}`,
  );
}

/** A response has members that read like parts of an error; of any other body the whole is told. */
export function toErrorBody(json: JsonObject): JsonObject {
  const isResponse = json['object'] === 'response' || json['output'] !== undefined;
  return isResponse ? { error: json['error'] } : json;
}

import type { EmbeddingsResult } from '../../contract/embeddings.js';
import { isJsonObject, type JsonValue } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { readArray, readNumber, readString } from '../json/read-json.js';

/** @throws UnreadableAnswer when the text is not JSON, brings no vectors, or holds an error in their place */
export function decodeEmbeddingsResponse(text: string): EmbeddingsResult {
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    throw new UnreadableAnswer('The answer is not JSON');
  }
  if (!isJsonObject(json)) throw new UnreadableAnswer('The answer is not a JSON object');
  const vectors = readArray(json['data']).filter(
    (item) =>
      isJsonObject(item) && (typeof item['embedding'] === 'string' || Array.isArray(item['embedding'])),
  );
  if (vectors.length === 0) {
    const hasError = json['error'] !== undefined && json['error'] !== null;
    if (hasError) throw new UnreadableAnswer('The answer is an error', decodeStreamError(json));
    throw new UnreadableAnswer('The answer has no embeddings');
  }
  const usage = decodeUsage(json['usage']);
  return {
    original: { format: 'openai-embeddings', text },
    model: readString(json['model']),
    count: vectors.length,
    ...(usage === undefined ? undefined : { usage }),
  };
}

/** `total_tokens` alone is what some servers report; nothing is generated, so it is the input. */
function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const inputTokens = readNumber(value['prompt_tokens']) ?? readNumber(value['total_tokens']);
  return inputTokens === undefined ? undefined : { inputTokens };
}

import type { EmbeddingsResult } from '../../contract/embeddings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { readArray, readObject, readString } from '../json/read-json.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { isError } from './decode-error.js';
import { decodeUsage } from './map-usage.js';

/**
 * Reads the answer of `batchEmbedContents`, or of `embedContent`, which brings one. Most models report no usage.
 * @throws UnreadableAnswer when the text is not JSON, brings no vectors, or holds an error in their place
 */
export function decodeGeminiEmbeddings(text: string): EmbeddingsResult {
  const json = readAnswer(text);
  const single = readObject(json['embedding']);
  const embeddings = single === undefined ? readArray(json['embeddings']) : [single];
  const vectors = embeddings.map(readVector);
  if (vectors.length === 0) throw new UnreadableAnswer('The answer has no embeddings');
  const usage = decodeUsage(json['usageMetadata']);
  return {
    original: { format: 'gemini', text },
    model: readString(json['modelVersion']),
    count: vectors.length,
    vectors,
    ...(usage?.inputTokens === undefined ? undefined : { usage: { inputTokens: usage.inputTokens } }),
  };
}

function readAnswer(text: string): JsonObject {
  let json: JsonValue;
  try {
    json = JSON.parse(text) as JsonValue;
  } catch {
    throw new UnreadableAnswer('The answer is not JSON');
  }
  if (isError(json)) throw new UnreadableAnswer('The answer is an error', decodeStreamError(json));
  if (!isJsonObject(json)) throw new UnreadableAnswer('The answer is not a JSON object');
  return json;
}

function readVector(embedding: JsonValue): readonly number[] {
  const values = readArray(readObject(embedding)?.['values']);
  if (values.length === 0 || !values.every((value) => typeof value === 'number'))
    throw new UnreadableAnswer('An embedding of the answer is not a list of numbers');
  return values;
}

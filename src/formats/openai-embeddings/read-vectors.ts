import type { EmbeddingsResult, EmbeddingVector } from '../../contract/embeddings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray } from '../json/read-json.js';

/**
 * The vectors of an answer one by one, in the order of the inputs, as the vendor wrote them; `undefined` where they
 * cannot be told apart.
 */
export function readVectors({ original, vectors }: EmbeddingsResult): readonly EmbeddingVector[] | undefined {
  if (vectors !== undefined || original?.format !== 'openai-embeddings') return vectors;
  const items = readItems(original.text);
  const found: EmbeddingVector[] = [];
  for (const [position, item] of items.entries()) {
    const index = typeof item['index'] === 'number' ? item['index'] : position;
    const vector = toVector(item['embedding']);
    if (vector === undefined || found[index] !== undefined) return undefined;
    found[index] = vector;
  }
  return found.length === items.length ? found : undefined;
}

function readItems(text: string): readonly JsonObject[] {
  const json: unknown = JSON.parse(text);
  return isJsonObject(json) ? readArray(json['data']).filter(isJsonObject) : [];
}

function toVector(value: JsonValue | undefined): EmbeddingVector | undefined {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((number) => typeof number === 'number') ? value : undefined;
}

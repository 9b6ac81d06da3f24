import type { EmbeddingsRequest } from '../contract/embeddings.js';
import type { JsonValue } from '../contract/json.js';

/** The inputs of an embeddings request one by one: texts, or lists of tokens. */
export function splitInputs({ input }: EmbeddingsRequest): readonly JsonValue[] {
  if (!Array.isArray(input) || typeof input[0] === 'number') return [input];
  return input;
}

/** The same request for these inputs alone. */
export function withInputs(request: EmbeddingsRequest, inputs: readonly JsonValue[]): EmbeddingsRequest {
  const input = [...inputs];
  const json = { ...request.original.json, input };
  return { ...request, input, original: { text: JSON.stringify(json), json } };
}

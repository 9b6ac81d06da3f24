import type { EmbeddingsRequest, EmbeddingsResult } from '../../contract/embeddings.js';

export interface EmbeddingsAnswerContext {
  readonly request: EmbeddingsRequest;
  /** The target's model, used where the vendor does not say which one it served. */
  readonly model: string;
}

/**
 * Writes an answer of `/v1/embeddings`; the vendor's own text where it came in this format. OpenAI's shape demands a
 * usage report: where the vendor gave none it says zero.
 */
export function encodeEmbeddingsResponse(result: EmbeddingsResult, context: EmbeddingsAnswerContext): string {
  if (result.original?.format === 'openai-embeddings') return result.original.text;
  const asBase64 = context.request.encodingFormat === 'base64';
  const tokens = result.usage?.inputTokens ?? 0;
  return JSON.stringify({
    object: 'list',
    data: (result.vectors ?? []).map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: asBase64 && typeof vector !== 'string' ? toBase64(vector) : vector,
    })),
    model: result.model || context.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}

/** 32-bit floats, little-endian: what OpenAI's SDKs ask for unless told otherwise. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

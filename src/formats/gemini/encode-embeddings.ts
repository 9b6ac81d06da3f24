import type { EmbeddingsRequest, EncodedEmbeddingsRequest } from '../../contract/embeddings.js';
import { GatewayError } from '../../contract/gateway-error.js';

/**
 * Writes a `batchEmbedContents` request, for one text as for many: https://ai.google.dev/api/embeddings
 * @throws GatewayError `unsupported_parameter` for tokens, which only their own vendor can read
 */
export function encodeGeminiEmbeddings(
  request: EmbeddingsRequest,
  { model }: { readonly model: string },
): EncodedEmbeddingsRequest {
  const requests = readTexts(request).map((text) => ({
    model: `models/${model.replace(/^models\//, '')}`,
    content: { parts: [{ text }] },
    outputDimensionality: request.dimensions,
  }));
  return { body: JSON.stringify({ requests }), dropped: listDropped(request) };
}

function readTexts({ input }: EmbeddingsRequest): readonly string[] {
  if (typeof input === 'string') return [input];
  if (Array.isArray(input) && input.every((item) => typeof item === 'string')) return input;
  throw new GatewayError(
    'unsupported_parameter',
    "input must be a string or an array of strings for this target: it cannot read another vendor's tokens",
    { param: 'input' },
  );
}

function listDropped(request: EmbeddingsRequest): string[] {
  const names = Object.keys(request.extensions ?? {});
  return request.user === undefined ? names : ['user', ...names];
}

import type { EmbeddingsRequest, EncodedEmbeddingsRequest } from '../../contract/embeddings.js';
import { patchOriginal } from '../json/patch-original.js';

/** The caller's own body with the target's model, without what is meant for the gateway. */
export function encodeEmbeddingsRequest(
  request: EmbeddingsRequest,
  { model }: { readonly model: string },
): EncodedEmbeddingsRequest {
  return { body: patchOriginal(request.original, { model, provider: undefined }), dropped: [] };
}

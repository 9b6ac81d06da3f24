import type { EmbeddingsRequest, EncodedEmbeddingsRequest } from '../../contract/embeddings.js';
import { patchJson } from '../json/patch-json.js';

/** The caller's own body with the target's model, without what is meant for the gateway. */
export function encodeEmbeddingsRequest(
  request: EmbeddingsRequest,
  { model }: { readonly model: string },
): EncodedEmbeddingsRequest {
  return { body: patchJson(request.original.text, { model, provider: undefined }), dropped: [] };
}

import type { EmbeddingsOutboundFormat } from '../../contract/embeddings.js';
import { decodeVendorError } from '../error/decode-vendor-error.js';
import { decodeEmbeddingsResponse } from './decode-response.js';
import { encodeEmbeddingsRequest } from './encode-request.js';

/** OpenAI's embeddings, as OpenAI and the vendors compatible with it speak them. */
export const OPENAI_EMBEDDINGS_OUTBOUND: EmbeddingsOutboundFormat = {
  name: 'openai-embeddings',
  encodeRequest: encodeEmbeddingsRequest,
  decodeResponse: decodeEmbeddingsResponse,
  decodeError: decodeVendorError,
};

import type { EmbeddingsOutboundFormat } from '../../contract/embeddings.js';
import type { OutboundFormat } from '../../contract/wire-format.js';
import { decodeVendorError } from '../error/decode-vendor-error.js';
import { decodeGeminiEmbeddings } from './decode-embeddings.js';
import { decodeResponse } from './decode-response.js';
import { createStreamDecoder } from './decode-stream.js';
import { encodeGeminiEmbeddings } from './encode-embeddings.js';
import { encodeRequest } from './encode-request.js';

/** Google's `generateContent` and `streamGenerateContent?alt=sse`: https://ai.google.dev/api/generate-content */
export const GEMINI_OUTBOUND: OutboundFormat = {
  name: 'gemini',
  encodeRequest,
  decodeResponse,
  createStreamDecoder,
  decodeError: decodeVendorError,
};

/** Google's `batchEmbedContents`: https://ai.google.dev/api/embeddings */
export const GEMINI_EMBEDDINGS_OUTBOUND: EmbeddingsOutboundFormat = {
  name: 'gemini',
  encodeRequest: encodeGeminiEmbeddings,
  decodeResponse: decodeGeminiEmbeddings,
  decodeError: decodeVendorError,
};

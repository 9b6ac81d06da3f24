import type { OutboundFormat } from '../../contract/wire-format.js';
import { decodeError } from './decode-error.js';
import { decodeResponse } from './decode-response.js';
import { decodeStream } from './decode-stream.js';
import { encodeRequest } from './encode-request.js';

/** Google's `generateContent` and `streamGenerateContent?alt=sse`: https://ai.google.dev/api/generate-content */
export const GEMINI_OUTBOUND: OutboundFormat = {
  name: 'gemini',
  encodeRequest,
  decodeResponse,
  decodeStream,
  decodeError,
};

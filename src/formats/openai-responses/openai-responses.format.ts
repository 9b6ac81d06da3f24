import type { InboundFormat, OutboundFormat } from '../../contract/wire-format.js';
import { decodeVendorError } from '../error/decode-vendor-error.js';
import { encodeError } from '../openai-chat/encode-error.js';
import { decodeRequest } from './decode-request.js';
import { decodeResponse } from './decode-response.js';
import { createStreamDecoder } from './decode-stream.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { createStreamEncoder } from './encode-stream.js';
import { readRest } from './read-rest.js';

/** OpenAI's Responses, as callers speak it. Stateless: nothing can be referred to later. */
export const OPENAI_RESPONSES_INBOUND: InboundFormat = {
  name: 'openai-responses',
  decodeRequest,
  readRest,
  encodeResponse,
  createStreamEncoder,
  // The same body as in OpenAI's chat format.
  encodeError,
};

/** OpenAI's Responses, as OpenAI, Azure, xAI and others speak it. */
export const OPENAI_RESPONSES_OUTBOUND: OutboundFormat = {
  name: 'openai-responses',
  encodeRequest,
  decodeResponse,
  createStreamDecoder,
  // Every vendor writes errors in its own shape, so the reading is the one that all formats share.
  decodeError: decodeVendorError,
};

import type { InboundFormat, OutboundFormat } from '../../contract/wire-format.js';
import { decodeVendorError } from '../error/decode-vendor-error.js';
import { decodeRequest } from './decode-request.js';
import { decodeResponse } from './decode-response.js';
import { createStreamDecoder } from './decode-stream.js';
import { encodeError } from './encode-error.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { createStreamEncoder } from './encode-stream.js';
import { readRest } from './read-rest.js';

/** OpenAI's chat completions, as callers speak them. */
export const OPENAI_CHAT_INBOUND: InboundFormat = {
  name: 'openai-chat',
  decodeRequest,
  readRest,
  encodeResponse,
  createStreamEncoder,
  encodeError,
};

/** OpenAI's chat completions, as OpenAI and the vendors compatible with it speak them. */
export const OPENAI_CHAT_OUTBOUND: OutboundFormat = {
  name: 'openai-chat',
  encodeRequest,
  decodeResponse,
  createStreamDecoder,
  // Every vendor writes errors in its own shape, so the reading is the one that all formats share.
  decodeError: decodeVendorError,
};

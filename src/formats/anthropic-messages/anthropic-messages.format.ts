import type { InboundFormat, OutboundFormat } from '../../contract/wire-format.js';
import { decodeError } from './decode-error.js';
import { decodeRequest } from './decode-request.js';
import { decodeResponse } from './decode-response.js';
import { createStreamDecoder } from './decode-stream.js';
import { encodeError } from './encode-error.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { createStreamEncoder } from './encode-stream.js';
import { readRest } from './read-rest.js';

/** Anthropic Messages as callers speak it: https://platform.claude.com/docs/en/api/messages */
export const ANTHROPIC_MESSAGES_INBOUND: InboundFormat = {
  name: 'anthropic-messages',
  decodeRequest,
  readRest,
  encodeResponse,
  createStreamEncoder,
  encodeError,
};

/** Anthropic Messages as vendors speak it. */
export const ANTHROPIC_MESSAGES_OUTBOUND: OutboundFormat = {
  name: 'anthropic-messages',
  encodeRequest,
  decodeResponse,
  createStreamDecoder,
  decodeError,
};

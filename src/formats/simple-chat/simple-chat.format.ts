import type { InboundFormat } from '../../contract/wire-format.js';
import { readRest } from '../openai-chat/read-rest.js';
import { decodeRequest } from './decode-request.js';
import { encodeError, errorStatus } from './encode-error.js';
import { encodeResponse } from './encode-response.js';
import { createStreamEncoder } from './encode-stream.js';

/** Sluice's own simple chat, `POST /v1/chat`. */
export const SIMPLE_CHAT_INBOUND: InboundFormat = {
  name: 'simple-chat',
  decodeRequest,
  readRest,
  encodeResponse,
  createStreamEncoder,
  errorStatus,
  encodeError,
};

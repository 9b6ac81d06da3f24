import type { ChatRequest, OriginalBody } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { decodeRequest as decodeOpenaiRequest } from '../openai-chat/decode-request.js';

/**
 * Reads a body of `POST /v1/chat`: OpenAI's chat members, of which only `messages` is required. The answer is one
 * string, so `n` must be 1.
 * @throws GatewayError `invalid_request` with every fault in `details`
 */
export function decodeRequest(body: OriginalBody): ChatRequest {
  const request = decodeOpenaiRequest(body);
  const { n } = request.sampling;
  if (n !== undefined && n > 1) {
    const fault = `n must be 1, found ${String(n)}: the answer is one string`;
    throw new GatewayError('invalid_request', fault, { param: 'n', details: [fault] });
  }
  // The last event of its streams always brings the usage.
  return { ...request, includeUsage: true };
}

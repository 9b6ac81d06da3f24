import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject } from '../../contract/json.js';

/**
 * Refuses Anthropic's message threads, in which the vendor keeps the conversation, for a target that keeps none: a later
 * turn would come without what was said before. The details are those that Anthropic's SDK knows: it then sends the
 * whole conversation instead.
 * @throws GatewayError `unsupported_parameter` naming `thread`
 */
export function refuseThread(request: ChatRequest): void {
  if (!isJsonObject(request.extensions?.['thread'])) return;
  throw new GatewayError(
    'unsupported_parameter',
    'thread: the target keeps no conversations; send all messages without thread',
    { param: 'thread', nativeDetails: { error_code: 'thread_unsupported_request', unsupported: [] } },
  );
}

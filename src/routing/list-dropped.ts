import type { ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Target } from './route-table.js';

/** Members of the request that this target would not get, or be refused for. */
export function listDropped(request: ChatRequest, { endpoint, model }: Target): readonly string[] {
  try {
    const traits = endpoint.traitsOf(model);
    return endpoint.adapter.format.encodeRequest(request, { model, traits }).dropped;
  } catch (error) {
    if (error instanceof GatewayError) return [error.param ?? 'something of the request'];
    throw error;
  }
}

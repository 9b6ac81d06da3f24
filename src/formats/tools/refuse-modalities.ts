import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonValue } from '../../contract/json.js';

/**
 * Refuses the wish for an answer in sound or pictures for a target that answers in text: without it the answer would be
 * another one than the caller waits for.
 * @throws GatewayError `unsupported_parameter` naming `modalities`
 */
export function refuseModalities(request: ChatRequest): void {
  const wanted = listModalities(request.extensions?.['modalities']).filter((word) => word !== 'text');
  if (wanted.length === 0) return;
  throw new GatewayError(
    'unsupported_parameter',
    `modalities asks for ${wanted.join(', ')}, which the target does not answer with`,
    { param: 'modalities' },
  );
}

/** Whether an extension only asks for what every target does: an answer in text. */
export function isTextOnly(name: string, value: JsonValue | undefined): boolean {
  return name === 'modalities' && listModalities(value).every((word) => word === 'text');
}

function listModalities(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

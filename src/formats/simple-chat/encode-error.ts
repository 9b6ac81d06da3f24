import type { GatewayError } from '../../contract/gateway-error.js';

/**
 * Writes an error: `{"error","details"}`. Bad input names its first fault and lists all of them; when providers failed,
 * there is a line for each in `details`.
 */
export function encodeError(error: GatewayError): string {
  const details = error.details ?? [];
  return JSON.stringify({ error: toMessage(error, details), details });
}

function toMessage(error: GatewayError, details: readonly string[]): string {
  const [first] = details;
  if (first === undefined) return error.message;
  switch (error.code) {
    case 'upstream_error':
    case 'upstream_credentials_exhausted':
    case 'upstream_unavailable':
    case 'upstream_timeout':
    case 'rate_limit_exceeded':
      return 'All providers failed';
    case 'invalid_request':
    case 'invalid_json':
      return first === '' ? 'Invalid request' : first;
    default:
      return error.message;
  }
}

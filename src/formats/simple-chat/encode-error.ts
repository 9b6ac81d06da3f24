import type { GatewayError } from '../../contract/gateway-error.js';

/**
 * Writes an error: `{"error","details"}`. Bad input has a line for each fault in `details`; when providers failed, there
 * is one for each provider.
 */
export function encodeError(error: GatewayError): string {
  const message = isRouteFailure(error) ? 'All providers failed' : error.message;
  return JSON.stringify({ error: message, details: error.details ?? [] });
}

/** Whatever the last provider failed of, all of them together are one 503. */
export function errorStatus(error: GatewayError): number {
  return isRouteFailure(error) ? 503 : error.status;
}

function isRouteFailure(error: GatewayError): boolean {
  if (error.details === undefined) return false;
  switch (error.code) {
    case 'upstream_error':
    case 'upstream_credentials_exhausted':
    case 'upstream_unavailable':
    case 'upstream_timeout':
    case 'rate_limit_exceeded':
      return true;
    default:
      return false;
  }
}

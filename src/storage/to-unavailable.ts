import { GatewayError } from '../contract/gateway-error.js';
import { isPermanentFailure } from './is-permanent-failure.js';

const RETRY_AFTER_MS = 5_000;

/**
 * What a caller sees of a failed statement: `database_unavailable`, for everything that passes. A statement that would
 * fail again, and a `GatewayError`, come back as they are.
 */
export function toUnavailable(error: unknown): unknown {
  if (error instanceof GatewayError || isPermanentFailure(error)) return error;
  return new GatewayError('database_unavailable', 'The database does not answer; ask again in some seconds', {
    retryAfterMs: RETRY_AFTER_MS,
    cause: error,
  });
}

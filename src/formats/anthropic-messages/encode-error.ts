import { ERROR_CATALOGUE, type GatewayError } from '../../contract/gateway-error.js';

/** https://platform.claude.com/docs/en/api/errors#error-shapes */
export function encodeError(error: GatewayError, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    error: {
      type: ERROR_CATALOGUE[error.code].anthropicType,
      message: error.message,
      details: error.nativeDetails,
    },
    request_id: requestId,
  });
}

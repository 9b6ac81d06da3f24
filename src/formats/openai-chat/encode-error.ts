import { ERROR_CATALOGUE, type GatewayError } from '../../contract/gateway-error.js';

/** OpenAI's error body: `{"error":{"message","type","param","code"}}`; `param` is null where no member is at fault. */
export function encodeError(error: GatewayError): string {
  return JSON.stringify({
    error: {
      message: error.message,
      type: ERROR_CATALOGUE[error.code].openaiType,
      param: error.param ?? null,
      code: error.code,
    },
  });
}

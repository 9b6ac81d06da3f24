import { GatewayError } from '../contract/gateway-error.js';

export function callerLeft(): GatewayError {
  return new GatewayError('caller_left', 'The caller closed the connection');
}

import { GatewayError, type ErrorCode } from '../contract/gateway-error.js';
import type { Refusal } from './find-refusal.js';

/** A request that its key's limits do not let pass, with the limit that stands in the way. */
export class LimitRefusal extends GatewayError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly refusal: Refusal,
  ) {
    super(code, message, { retryAfterMs: refusal.waitMs ?? undefined });
  }
}

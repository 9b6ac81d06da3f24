import type { ErrorCode, GatewayError } from '../contract/gateway-error.js';
import type { EndReason } from '../contract/request-record.js';

/** How a request ended whose answer was an error. `wasAsked`: a vendor was called for it. */
export function endReasonOf({ code }: Pick<GatewayError, 'code'>, wasAsked: boolean): EndReason {
  switch (code) {
    case 'caller_left':
      return 'caller_left';
    case 'overloaded':
      return 'shed';
    case 'shutting_down':
      return 'shutdown';
    default:
      return wasAsked || isOfVendors(code) ? 'vendor_error' : 'refused';
  }
}

/** Errors that say that nobody could serve, even when everybody rests and nobody was called. */
function isOfVendors(code: ErrorCode): boolean {
  switch (code) {
    case 'upstream_error':
    case 'upstream_credentials_exhausted':
    case 'upstream_unavailable':
    case 'upstream_timeout':
    case 'stream_interrupted':
    case 'internal_error':
      return true;
    default:
      return false;
  }
}

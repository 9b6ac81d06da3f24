import type { Clock } from '../common/clock.js';
import { writeError } from '../common/write-error.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { Exchange } from './connection-book.js';

/**
 * Answers a request that has not come completely, and ends its connection at once: whoever reads the body would
 * otherwise go on with it if it came after all. An answer that has begun is broken off.
 */
export function answerAndClose({ request, response }: Exchange, error: GatewayError, clock: Clock): void {
  if (response.headersSent) {
    // The response may be complete and have let go of its socket.
    request.socket.destroy();
    return;
  }
  response.shouldKeepAlive = false;
  writeError(request, response, error, clock);
  response.end();
}

import type { Server } from 'node:http';
import type { ServerSettings } from '../config/gateway-settings.js';

/** A head is a few kilobytes and comes in one piece. */
const HEADERS_TIMEOUT_MS = 15_000;

/** How exactly Node keeps the two times for a request. */
const CHECK_MS = 5_000;

const MOST_HEADERS = 500;

/** Sets what Node itself watches over. May be called again with other settings. */
export function applyLimits(server: Server, settings: ServerSettings): void {
  server.requestTimeout = settings.requestTimeoutMs;
  server.headersTimeout = Math.min(HEADERS_TIMEOUT_MS, settings.requestTimeoutMs);
  // Node reads this one when it begins to listen, and leaves it out of its types.
  Object.assign(server, { connectionsCheckingInterval: Math.min(CHECK_MS, settings.requestTimeoutMs) });
  server.keepAliveTimeout = settings.keepAliveTimeoutMs;
  server.maxHeadersCount = MOST_HEADERS;
}

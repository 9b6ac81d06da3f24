import type { KeyLimits } from './limited-key.js';
import type { LimitStanding, LimitState } from './reservation.js';

/** What is used of the windows, and until when something of it counts. */
interface Windows {
  readonly requests: number;
  readonly requestsResetMs: number;
  readonly tokens: number;
  readonly tokensResetMs: number;
}

export function toLimitState(limits: KeyLimits, windows: Windows): LimitState {
  return {
    requests: toStanding(limits.requestsPerMinute, windows.requests, windows.requestsResetMs),
    tokens: toStanding(limits.tokensPerMinute, windows.tokens, windows.tokensResetMs),
  };
}

function toStanding(limit: number | undefined, used: number, resetMs: number): LimitStanding | undefined {
  return limit === undefined ? undefined : { limit, remaining: Math.max(0, limit - used), resetMs };
}

import type { CancelSignal } from '../common/cancel-signal.js';
import { CallFailure } from '../providers/call-failure.js';

/** The reason to abort a request's signal with when the process has no more time for it. */
export function shutdownReason(): Error {
  return new CallFailure({ type: 'shutting-down' });
}

/** The reason when the caller has left. */
export function callerLeftReason(): Error {
  return new CallFailure({ type: 'caller-left' });
}

export function isShutdown({ reason }: CancelSignal): boolean {
  return reason instanceof CallFailure && reason.facts.type === 'shutting-down';
}

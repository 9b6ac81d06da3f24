import { CallFailure } from '../providers/call-failure.js';

/** The reason to abort a request's signal with when the process has no more time for it. */
export function shutdownReason(): Error {
  return new CallFailure({ type: 'shutting-down' });
}

export function isShutdown({ reason }: AbortSignal): boolean {
  return reason instanceof CallFailure && reason.facts.type === 'shutting-down';
}

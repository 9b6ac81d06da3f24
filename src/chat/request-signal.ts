import type { ServerResponse } from 'node:http';
import { Canceller, type CancelSignal } from '../common/cancel-signal.js';
import { callerLeftReason, isShutdown, shutdownReason } from '../routing/end-reasons.js';
import type { Load } from '../telemetry/load.js';

/**
 * Aborts as soon as the caller's connection closes before its answer is complete, or the process has no more time for it.
 */
export function requestSignal(response: ServerResponse, load: Load): CancelSignal {
  const canceller = new Canceller();
  const forget = load.onGraceOver(() => {
    canceller.abort(shutdownReason());
  });
  response.once('close', () => {
    forget();
    if (!response.writableFinished) canceller.abort(callerLeftReason());
  });
  return canceller;
}

export function hasCallerLeft(signal: CancelSignal): boolean {
  return signal.aborted && !isShutdown(signal);
}

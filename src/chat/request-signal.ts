import type { ServerResponse } from 'node:http';
import { isShutdown, shutdownReason } from '../routing/shutdown.js';
import type { Load } from '../telemetry/load.js';

/**
 * Aborts as soon as the caller's connection closes before its answer is complete, or the process has no more time for it.
 */
export function requestSignal(response: ServerResponse, load: Load): AbortSignal {
  const controller = new AbortController();
  const forget = load.onGraceOver(() => {
    controller.abort(shutdownReason());
  });
  response.once('close', () => {
    forget();
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

export function hasCallerLeft(signal: AbortSignal): boolean {
  return signal.aborted && !isShutdown(signal);
}

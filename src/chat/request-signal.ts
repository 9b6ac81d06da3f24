import type { ServerResponse } from 'node:http';
import { isShutdown, shutdownReason } from '../routing/shutdown.js';

/**
 * Aborts as soon as the caller's connection closes before its answer is complete, or the process has no more time for it.
 * @param graceOver aborts when a shutdown has waited long enough
 */
export function requestSignal(response: ServerResponse, graceOver: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const onGraceOver = (): void => {
    controller.abort(shutdownReason());
  };
  graceOver.addEventListener('abort', onGraceOver, { once: true });
  response.once('close', () => {
    graceOver.removeEventListener('abort', onGraceOver);
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

export function hasCallerLeft(signal: AbortSignal): boolean {
  return signal.aborted && !isShutdown(signal);
}

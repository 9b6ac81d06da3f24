import type { ServerResponse } from 'node:http';

/** Aborts as soon as the caller's connection closes before its answer is complete. */
export function callerSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { KeepAlive } from './keep-alive.js';

/** Sets the head of a stream of server-sent events, once. */
export function beginStream(response: ServerResponse): void {
  if (response.headersSent) return;
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('x-accel-buffering', 'no');
}

/** Writes pieces of text as they come, no faster than the caller reads. `onWrite` hears of each. */
export async function writeStream(
  pieces: AsyncIterable<string>,
  response: ServerResponse,
  signal: AbortSignal,
  keepAlive: KeepAlive,
  onWrite: (text: string) => void,
): Promise<void> {
  for await (const piece of pieces) {
    if (response.destroyed) return;
    keepAlive.touch();
    const isRead = response.write(piece);
    onWrite(piece);
    if (!isRead) {
      try {
        await once(response, 'drain', { signal });
      } catch {
        return;
      }
    }
  }
  response.end();
}

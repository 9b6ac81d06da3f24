import type { ServerResponse } from 'node:http';
import { once } from 'node:events';

/** Writes pieces of text as they come, no faster than the caller reads. */
export async function writeStream(
  pieces: AsyncIterable<string>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  for await (const piece of pieces) {
    if (signal.aborted) return;
    if (!response.write(piece)) {
      try {
        await once(response, 'drain', { signal });
      } catch {
        return;
      }
    }
  }
  response.end();
}

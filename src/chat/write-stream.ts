import type { ServerResponse } from 'node:http';
import type { CancelSignal } from '../common/cancel-signal.js';
import type { ChunkStream } from '../contract/chunk-stream.js';
import type { StreamEncoder } from '../contract/wire-format.js';
import type { KeepAlive } from './keep-alive.js';
import type { StreamBody } from './stream-body.js';

/** Sets the head of a stream of server-sent events, once. */
export function beginStream(response: ServerResponse): void {
  if (response.headersSent) return;
  response.setHeader('content-type', 'text/event-stream; charset=utf-8');
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('x-accel-buffering', 'no');
}

/** Where a stream goes. */
export interface StreamOutlet {
  readonly body: StreamBody;
  /** Aborts when the caller leaves. */
  readonly signal: CancelSignal;
  readonly keepAlive: KeepAlive;
  /** Hears of each piece of text that is written. */
  readonly onWrite: (text: string) => void;
}

/** Writes a stream as it comes, all that came together at once, and no faster than the caller reads. */
export async function writeStream(
  chunks: ChunkStream,
  encoder: StreamEncoder,
  outlet: StreamOutlet,
): Promise<void> {
  let last = '';
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done === true) break;
      const text = last + encoder.write(value);
      last = '';
      // Nothing comes behind the vendor's end marker: its chunk goes out in one piece with the end.
      if (value.at(-1)?.events.at(-1)?.type === 'end') last = text;
      else if (text !== '' && !write(text, outlet) && !(await isRead(outlet))) return;
    }
    finish(last + encoder.end(), outlet);
  } catch (error) {
    if (last !== '') write(last, outlet);
    throw error;
  } finally {
    await chunks.return();
  }
}

/** Whether more may be written at once. */
function write(text: string, { body, keepAlive, onWrite }: StreamOutlet): boolean {
  if (body.isClosed) return false;
  keepAlive.touch();
  const isRead = body.write(text);
  onWrite(text);
  return isRead;
}

function finish(text: string, { body, onWrite }: StreamOutlet): void {
  if (body.isClosed) return;
  body.end(text);
  if (text !== '') onWrite(text);
}

/** Waits until the caller has read what was written. False: it has left. */
async function isRead({ body, signal }: StreamOutlet): Promise<boolean> {
  if (body.isClosed) return false;
  try {
    await body.untilRead(signal);
    return true;
  } catch {
    return false;
  }
}

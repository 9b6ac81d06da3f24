import type { Socket } from 'node:net';

/** The part of a socket that Node does not document: what libuv has not yet given to the operating system. */
interface SocketHandle {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
  readonly _bytesDispatched?: number;
}

/**
 * Bytes that the operating system has taken. `bytesWritten` has what was only queued as well, and `writableLength`
 * goes down by whole writes: a caller who slowly reads one large answer would look as if it did not read at all.
 */
export function readSentBytes(socket: Socket): number {
  const { _handle: handle, _bytesDispatched: dispatched } = socket as Socket & SocketHandle;
  if (dispatched === undefined || handle?.writeQueueSize === undefined) {
    return socket.bytesWritten - socket.writableLength;
  }
  return dispatched - handle.writeQueueSize;
}

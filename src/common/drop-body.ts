import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** The part of Node's parser that is not documented: what it calls, under numbers that its class knows. */
interface Parser {
  [callback: number]: unknown;
  readonly constructor: { readonly kOnBody?: number; readonly kOnMessageComplete?: number };
}

interface ParsedSocket {
  readonly parser?: Parser | null;
}

/**
 * Drops what is still to come of a body that nobody reads, as it is read from the socket. Node would copy each piece into
 * a buffer of its own first, which is three quarters of what it takes to refuse a body of 100 kilobytes; a parser without
 * a callback for bodies skips them. Where Node's parser looks different, the pieces are copied and then dropped.
 */
export function dropBody(request: IncomingMessage): void {
  if (request.complete) return;
  const { socket } = request;
  const { parser } = socket as Socket & ParsedSocket;
  if (parser === undefined || parser === null) return;
  const { kOnBody, kOnMessageComplete } = parser.constructor;
  if (kOnBody === undefined || kOnMessageComplete === undefined) return;
  const onBody = parser[kOnBody];
  const onComplete = parser[kOnMessageComplete];
  if (typeof onBody !== 'function' || typeof onComplete !== 'function') return;
  // The next request on the connection needs them, and another connection when this one is closed.
  const restore = (): void => {
    parser[kOnBody] = onBody;
    parser[kOnMessageComplete] = onComplete;
    socket.off('close', restore);
  };
  parser[kOnBody] = undefined;
  parser[kOnMessageComplete] = (): unknown => {
    restore();
    return Reflect.apply(onComplete, parser, []) as unknown;
  };
  socket.once('close', restore);
}

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Sees to it that a request which nobody took in hand is accounted for all the same. */
export abstract class RequestWatch {
  /** Called when the answer to a request is over, or its connection. */
  abstract end(request: IncomingMessage, response: ServerResponse): void;
}

import type { IncomingMessage, ServerResponse } from 'node:http';

/** Sees to it that a request which nobody takes in hand is accounted for all the same. */
export abstract class RequestWatch {
  /** Called with the first sight of each request. */
  abstract watch(request: IncomingMessage, response: ServerResponse): void;
}

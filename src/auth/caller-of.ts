import type { IncomingMessage } from 'node:http';
import { KEYLESS_CALLER, type Caller } from './gateway-keys.js';

/** Kept on the request itself, which costs less than a weak map. */
const CALLER = Symbol('caller');

interface Identified {
  [CALLER]?: Caller;
}

export function setCaller(request: IncomingMessage, caller: Caller): void {
  (request as Identified)[CALLER] = caller;
}

/** Who the guard found a request to belong to. */
export function callerOf(request: IncomingMessage): Caller {
  return (request as Identified)[CALLER] ?? KEYLESS_CALLER;
}

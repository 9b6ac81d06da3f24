import type { IncomingMessage } from 'node:http';
import { KEYLESS_CALLER, type Caller } from './gateway-keys.js';

const callers = new WeakMap<IncomingMessage, Caller>();

export function setCaller(request: IncomingMessage, caller: Caller): void {
  callers.set(request, caller);
}

/** Who the guard found a request to belong to. */
export function callerOf(request: IncomingMessage): Caller {
  return callers.get(request) ?? KEYLESS_CALLER;
}

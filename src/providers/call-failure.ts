import type { VendorError } from '../contract/vendor-error.js';

/**
 * What went wrong with one call to a vendor, as data; routing judges it.
 *
 * - `vendor-error`: an error response, or an error inside a 200 (`inStream`)
 * - `unreachable`: no connection came about (refused, DNS, TLS, a forbidden address)
 * - `reset`: the connection broke before the answer was complete
 * - `unreadable`: a 200 that is not an answer (content type, JSON, no choices, malformed events)
 * - `timeout`: nothing came in time; `waitingFor` says what was awaited
 * - `cut`: the stream ended without a finish reason
 * - `gateway-fault`: nothing that the vendor did: something is short here, a limit of ours, a mistake in this code
 * - `caller-left`: the caller closed its connection
 * - `superseded`: another attempt of the same request answered first
 * - `shutting-down`: the time that the process has to end is over
 */
export type CallFailureFacts =
  | { readonly type: 'vendor-error'; readonly error: VendorError; readonly inStream: boolean }
  | { readonly type: 'unreachable'; readonly detail: string }
  | { readonly type: 'reset'; readonly detail: string }
  | { readonly type: 'unreadable'; readonly detail: string }
  | {
      readonly type: 'timeout';
      readonly waitingFor: 'connection' | 'answer' | 'first-token' | 'next-chunk';
      readonly milliseconds: number;
    }
  | { readonly type: 'cut' }
  | { readonly type: 'gateway-fault'; readonly detail: string; readonly cause: unknown }
  | { readonly type: 'caller-left' }
  | { readonly type: 'superseded' }
  | { readonly type: 'shutting-down' };

/** Carries the facts of a failed call up the stack, and down to the socket as the reason of an abort. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';

  constructor(
    readonly facts: CallFailureFacts,
    cause?: unknown,
  ) {
    super(facts.type, cause === undefined ? undefined : { cause });
  }
}

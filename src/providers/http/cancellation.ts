import type { CallFailure } from '../call-failure.js';

/** What may end a call before its answer has come. */
export interface Cancellation {
  /** Why the call was ended; `undefined` while it was not. */
  readonly failure: CallFailure | undefined;
  /** Calls the listener, the only one, as soon as the call is ended. */
  onAbort(listener: (failure: CallFailure) => void): void;
}

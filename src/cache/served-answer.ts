import type { CancelSignal } from '../common/cancel-signal.js';
import type { ChunkStream } from '../contract/chunk-stream.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { Usage } from '../contract/usage.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import type { AnswerOrigin } from './cache-entry.js';

/** An answer as a caller gets it. */
export type ServedBody =
  | { readonly kind: 'result'; readonly result: ChatResult }
  | {
      readonly kind: 'stream';
      /** A stream that breaks ends in a `failure` event. */
      readonly chunks: ChunkStream;
      /** Format of the frames; `undefined`: there are none. */
      readonly source: WireFormatName | undefined;
    };

/** An answer on its way from a vendor. */
export interface FreshAnswer {
  readonly origin: AnswerOrigin;
  readonly body: ServedBody;
  /** Nano-dollars; `null` where no price is known. `served`: the model that the vendor names, empty where it does not. */
  readonly costOf: (served: string, usage: Usage | undefined) => number | null;
}

/**
 * Asks a vendor. The signal aborts when nobody waits for the answer any more.
 * @throws GatewayError when nobody could serve
 */
export type AskVendor = (signal: CancelSignal) => Promise<FreshAnswer>;

/** How a call to a vendor ended. */
export interface CallEnd {
  /** The model that the vendor names; empty where it does not. */
  readonly served: string;
  readonly usage: Usage | undefined;
  /** Nano-dollars; `null` where no price is known. */
  readonly costNano: number | null;
  /** Why there is no answer, or none to its end; `undefined` where there is. */
  readonly error: Error | undefined;
}

/** What a request got, and how. */
export interface ServedAnswer {
  /** `hit`: without a call of its own. */
  readonly outcome: 'hit' | 'miss';
  /** How long ago the answer came, in milliseconds; 0 for one that is on its way. */
  readonly ageMs: number;
  readonly origin: AnswerOrigin;
  readonly body: ServedBody;
  /** Nano-dollars that a hit saved: known when its answer has come to its end. `null`: nothing, or no price is known. */
  readonly savedNano: () => number | null;
}

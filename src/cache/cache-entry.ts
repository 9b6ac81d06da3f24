import type { ChatChunk } from '../contract/chat-event.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { WireFormatName } from '../contract/wire-format-name.js';

/** A whole answer in the shape that it came in. */
export type KeptAnswer =
  | { readonly kind: 'result'; readonly result: ChatResult }
  | {
      readonly kind: 'stream';
      /** In order; `failure`, `vendor-error` and `malformed` are not among its events. */
      readonly chunks: readonly ChatChunk[];
      /** Format of the frames; `undefined`: there are none. */
      readonly source: WireFormatName | undefined;
    };

/** Where an answer came from. */
export interface AnswerOrigin {
  /** Name of the provider that served. */
  readonly provider: string;
  /** The target's model. */
  readonly model: string;
  /** Members of the request that the target could not take. */
  readonly dropped: readonly string[];
}

/** What is kept of a chat answer. */
export interface CacheEntry {
  readonly origin: AnswerOrigin;
  /** What it cost, which is what a hit saves; `null` where no price is known. */
  readonly costNano: number | null;
  readonly answer: KeptAnswer;
}

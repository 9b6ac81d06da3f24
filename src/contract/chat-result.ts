import type { AssistantPart } from './content.js';
import type { JsonObject } from './json.js';
import type { Usage } from './usage.js';
import type { OriginalBody } from './chat-request.js';

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

export interface Finish {
  /** A word of the vendor's that nobody here knows reads as `stop`; `raw` keeps it. */
  readonly reason: FinishReason;
  /** The vendor's own word; empty where it sent none. */
  readonly raw: string;
  /** Which stop sequence matched, where the vendor says it. */
  readonly stopSequence?: string | undefined;
}

export interface ChatChoice {
  readonly index: number;
  readonly content: readonly AssistantPart[];
  readonly finish: Finish;
  /** OpenAI's `logprobs` object, for formats that have one. */
  readonly logprobs?: JsonObject | undefined;
}

/** A whole answer beside the vendor's own body. */
export interface ChatResult {
  /** Absent where the body must not go on as it is: it was kept as a stream, or answers a request that was translated. */
  readonly original?: OriginalBody | undefined;
  /** The vendor's id of the answer; empty where it sent none. */
  readonly id: string;
  /** What the vendor says it served; empty where it does not say. */
  readonly model: string;
  /** Unix seconds. */
  readonly created?: number | undefined;
  /** At least one. */
  readonly choices: readonly ChatChoice[];
  readonly usage?: Usage | undefined;
  readonly serviceTier?: string | undefined;
}

import type { BodyShape } from './bodies.ts';

/** A request as the load generator builds it, and what the answer must be. */
export interface RequestSpec {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly body: BodyShape;
  /** The format of the answer. */
  readonly answer: AnswerFormat;
  /** The whole text of the answer. */
  readonly text: string;
  /** All answers but the one that is kept come from the gateway's cache. */
  readonly cached?: boolean;
}

export type AnswerFormat = 'json' | 'openai-stream' | 'anthropic-stream';

/** Work for the load generator, against one port. Several requests take turns. */
export type LoadJob = {
  readonly port: number;
  readonly requests: readonly RequestSpec[];
  readonly keepSamples: boolean;
} & (
  | {
      /** Each connection sends its next request when its last one has ended. */
      readonly loop: 'closed';
      readonly concurrency: number;
      /** Stops sending after this many seconds, but not before `count` requests are sent. */
      readonly seconds: number;
      readonly count: number;
    }
  | {
      /** Requests begin at constant intervals, whatever became of those before. */
      readonly loop: 'open';
      readonly perSecond: number;
      readonly count: number;
    }
);

export interface LoadResult {
  /** Answered and found right. */
  readonly good: number;
  readonly failed: number;
  /** What was wrong with the first that failed. */
  readonly fault?: string | undefined;
  readonly seconds: number;
  /** The most requests that were under way at one time with their first byte received. */
  readonly peakStreams: number;
  /** Milliseconds from the intended begin to the end of the answer. */
  readonly totals: readonly number[];
  /** Milliseconds from the intended begin to the first byte of the answer's body. */
  readonly firstBytes: readonly number[];
}

import type { BodyShape } from './bodies.ts';

/** Work for the load generator of the overload run. */
export interface FloodJob {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  readonly model: string;
  readonly stream: boolean;
  readonly body: BodyShape;
  readonly seconds: number;
  /** Requests begin at this rate, whatever became of those before; 0: a closed loop of `concurrency` connections. */
  readonly perSecond: number;
  readonly concurrency: number;
  /** What was due in the first seconds is told apart. */
  readonly onsetSeconds: number;
}

export interface FloodResult {
  readonly onset: FloodPart;
  readonly rest: FloodPart;
  /** Of the rest. */
  readonly seconds: number;
}

interface FloodPart {
  /** Milliseconds from the moment a request was sent to the end of its answer. */
  readonly accepted: readonly number[];
  readonly shed: readonly number[];
  /** Milliseconds from the moment each was due to that at which it was sent: what the load generator took. */
  readonly late: readonly number[];
  /** Neither 200 nor 503: the connection broke, or another status. */
  readonly failed: number;
  readonly fault: string | undefined;
}

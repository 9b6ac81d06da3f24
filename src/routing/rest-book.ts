import type { Candidate, RestScope } from './candidate.js';

/**
 * Why and until when something is left alone. Times are milliseconds of `Clock.steady`; `until` is `Infinity` for what a
 * person disabled.
 */
export interface RestEntry {
  readonly scope: RestScope;
  readonly reason: string;
  readonly isRateLimit: boolean;
  readonly since: number;
  readonly until: number;
  /**
   * From then on a request that finds nobody else may ask it before `until`, one request at a time. Absent: nobody may,
   * as the vendor itself said that it will not serve.
   */
  readonly earliestTry?: number | undefined;
}

export interface RestOrder {
  readonly scope: RestScope;
  readonly forMs: number;
  /** The most that repeated failures of trials may stretch it to; absent where the vendor named the time. */
  readonly maxMs?: number | undefined;
  readonly reason: string;
  readonly isRateLimit: boolean;
  /** Whether a request that finds nobody else may ask it before its end. */
  readonly mayBeTriedEarly: boolean;
}

/** How a call ended, for whoever was on trial with it. */
export type TrialOutcome = 'alive' | 'unknown';

/**
 * Who rests, and until when. After a rest the next request is let through alone as a trial; until it ends everybody
 * else still sees the rest. All methods answer at once from memory: a shared store keeps a local copy.
 */
export abstract class RestBook {
  /** What keeps the candidate from being asked now; the longest of several. */
  abstract blocking(candidate: Candidate): RestEntry | undefined;
  /**
   * From when on a request that has nobody else to ask may ask the candidate: 0 where nothing keeps it from that,
   * `Infinity` for what a person disabled.
   */
  abstract nextTry(candidate: Candidate): number;
  /** To be called before each attempt, also of what rests and is tried early. True: the attempt is a trial. */
  abstract beginTrial(candidate: Candidate): boolean;
  /** To be called after each trial that did not end in `rest`. */
  abstract endTrial(candidate: Candidate, outcome: TrialOutcome): void;
  /** Sends the failed candidate's scope to rest and ends the trial that it may have been. */
  abstract rest(candidate: Candidate, order: RestOrder): void;
  /** Takes a provider out until `enable`: nothing that calls show brings it back. */
  abstract disable(provider: string): void;
  abstract enable(provider: string): void;
  /** Ends every rest of a provider, its models and its keys. What a person disabled stays disabled. */
  abstract reset(provider: string): void;
  /**
   * The provider was seen to answer: rests of it and of its models end now, so that the next request is their trial.
   * Rate limits and refused keys say nothing about that and stay.
   */
  abstract shorten(provider: string): void;
  /** What rests now, by the names of `Candidate.ids`; with times in Unix milliseconds, for people. */
  abstract entries(): ReadonlyMap<string, RestEntry>;
}

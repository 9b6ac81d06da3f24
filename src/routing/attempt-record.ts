/** One call of a request, for the log and the request's record. */
export interface AttemptRecord {
  readonly provider: string;
  readonly model: string;
  readonly keyHint: string;
  /** The vendor's HTTP status, where one came. */
  status?: number | undefined;
  /** In our words; absent when the call succeeded. */
  error?: string | undefined;
  /** Milliseconds after the request came in. */
  readonly startedMs: number;
  /** Milliseconds until the answer was whole, its stream was committed, or it failed. */
  ms?: number | undefined;
}

/** What a start has led to, for whoever started it: where the gateway is, and what others get there. */
export interface StartReport {
  /** One that can be followed on this machine. */
  readonly address: string;
  readonly documentation: string;
  /** Who may call. */
  readonly callers: string;
  /** Whether the admin API is open. */
  readonly admin: string;
  readonly providers: readonly ReportedProvider[];
  /** Processes that serve. */
  readonly workers: number;
}

export interface ReportedProvider {
  readonly name: string;
  /** Its default model; `null` where it has none. */
  readonly model: string | null;
  readonly keys: number;
  /** Why it cannot be called; `null` where it can. */
  readonly unusable: string | null;
}

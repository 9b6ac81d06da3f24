/**
 * The tables, one schema for SQLite and PostgreSQL. Times are Unix milliseconds, money is whole nano-dollars, lists and
 * objects are JSON text, switches are 0 and 1.
 */
export interface Tables {
  readonly gateway_keys: GatewayKeysTable;
  readonly request_log: RequestLogTable;
  readonly request_bodies: RequestBodiesTable;
  readonly counted_requests: CountedRequestsTable;
  readonly usage_hourly: UsageHourlyTable;
  readonly change_marks: ChangeMarksTable;
  readonly usage_daily: UsageDailyTable;
}

/** Gateway keys made through the admin API. */
export interface GatewayKeysTable {
  readonly id: string;
  /** Unique among those not revoked. */
  readonly name: string;
  /** SHA-256 of the secret, in hexadecimal digits. */
  readonly secret_hash: string;
  /** The last four characters of the secret, to tell keys apart. */
  readonly secret_hint: string;
  /** The secret before the last rotation, good until `previous_until`. */
  readonly previous_hash: string | null;
  readonly previous_until: number | null;
  /** JSON list of patterns. */
  readonly models: string;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly max_parallel: number | null;
  readonly budget_nano: number | null;
  readonly budget_period: string;
  readonly shared_cache: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

/** One row for each request. In PostgreSQL a partition for each day (UTC) of `at`. */
export interface RequestLogTable {
  readonly id: string;
  readonly at: number;
  readonly request_id: string;
  readonly key_id: string | null;
  readonly key_name: string | null;
  readonly format: string;
  readonly stream: number;
  readonly requested_model: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly status: number;
  readonly end_reason: string;
  readonly error: string | null;
  /** JSON, as `src/usage/attempts-column.ts` writes it. */
  readonly attempts: string;
  readonly input_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly usage_source: string;
  readonly cost_nano: number | null;
  readonly price_version: string | null;
  readonly cache: string;
  readonly saved_nano: number | null;
  readonly finish: string | null;
  readonly queue_ms: number;
  readonly first_token_ms: number | null;
  readonly total_ms: number;
  readonly overhead_ms: number | null;
  /** JSON, as `src/usage/considered-column.ts` writes it; `null` where nobody was passed over. */
  readonly considered: string | null;
}

/** Prompts and answers, with `request_log: full` only. Partitioned like the log. */
export interface RequestBodiesTable {
  readonly id: string;
  readonly at: number;
  readonly request: string | null;
  readonly response: string | null;
}

/**
 * Requests that the sums hold and the log does not (`request_log: off`), so that a record that is written twice counts
 * once. Partitioned like the log, kept for days.
 */
export interface CountedRequestsTable {
  readonly id: string;
  readonly at: number;
}

/** Sums over the requests of one hour; kept when the log's rows are gone. */
export interface UsageHourlyTable extends UsageSums {
  /** Its first millisecond. */
  readonly hour: number;
}

/** The same sums over each day (UTC), so that a report on months reads few rows. */
export interface UsageDailyTable extends UsageSums {
  /** Its first millisecond. */
  readonly day: number;
}

/**
 * Empty strings stand for what a request did not have. Columns `ms_00` and so on count the durations of requests that
 * did not fail, as in `latency-buckets.ts`.
 */
interface UsageSums {
  readonly key_id: string;
  readonly key_name: string;
  readonly provider: string;
  readonly model: string;
  readonly requests: number;
  /** Those with a status of 400 and above. */
  readonly errors: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_nano: number;
  readonly saved_nano: number;
  readonly cache_hits: number;
  /** Requests whose tokens are known and whose price is not. */
  readonly unpriced: number;
  /** Requests whose tokens are an estimate. */
  readonly estimated: number;
}

/** What replicas tell each other of. */
export interface ChangeMarksTable {
  readonly topic: string;
  /** A new one with each change. */
  readonly mark: string;
}

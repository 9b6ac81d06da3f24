import type { RequestBodiesTable, RequestLogTable } from '../storage/tables.js';
import { decodeAttempts, type LoggedAttempt } from '../usage/attempts-column.js';
import { decodeConsidered } from '../usage/considered-column.js';
import { toDollars } from '../contract/to-dollars.js';

export interface AttemptReport {
  readonly provider: string;
  readonly model: string;
  readonly key_hint: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly vendor_message: string | null;
  readonly vendor_request_id: string | null;
  readonly started_ms: number;
  readonly ms: number | null;
  /** What a call used that did not serve the answer; absent where nothing is known of it. */
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cost_usd?: number | null;
}

export interface ConsideredReport {
  readonly provider: string;
  readonly model: string;
  readonly reason: string;
  readonly until: string | null;
}

/** One row of the request log. */
export interface RequestReport {
  readonly request_id: string;
  readonly at: string;
  readonly key: string | null;
  readonly key_id: string | null;
  readonly format: string;
  readonly stream: boolean;
  readonly requested_model: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly status: number;
  readonly end_reason: string;
  readonly error: string | null;
  readonly finish: string | null;
  readonly attempts: readonly AttemptReport[];
  /** Who was passed over, and why. */
  readonly considered: readonly ConsideredReport[];
  readonly input_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly usage_source: string;
  readonly cost_usd: number | null;
  readonly price_version: string | null;
  readonly cache: string;
  readonly saved_usd: number | null;
  readonly queue_ms: number;
  readonly first_token_ms: number | null;
  readonly total_ms: number;
  readonly overhead_ms: number | null;
  /** With `logging.request_log: full` only. */
  readonly bodies?: Pick<RequestBodiesTable, 'request' | 'response'>;
}

export function reportRequest(row: RequestLogTable): RequestReport {
  return {
    request_id: row.request_id,
    at: new Date(row.at).toISOString(),
    key: row.key_name,
    key_id: row.key_id,
    format: row.format,
    stream: row.stream === 1,
    requested_model: row.requested_model,
    provider: row.provider,
    model: row.model,
    status: row.status,
    end_reason: row.end_reason,
    error: row.error,
    finish: row.finish,
    attempts: decodeAttempts(row.attempts).map(reportAttempt),
    considered: decodeConsidered(row.considered).map(({ until, ...target }) => ({
      ...target,
      until: until === null ? null : new Date(until).toISOString(),
    })),
    input_tokens: row.input_tokens,
    cached_tokens: row.cached_tokens,
    cache_write_tokens: row.cache_write_tokens,
    output_tokens: row.output_tokens,
    reasoning_tokens: row.reasoning_tokens,
    usage_source: row.usage_source,
    cost_usd: toDollars(row.cost_nano),
    price_version: row.price_version,
    cache: row.cache,
    saved_usd: toDollars(row.saved_nano),
    queue_ms: row.queue_ms,
    first_token_ms: row.first_token_ms,
    total_ms: row.total_ms,
    overhead_ms: row.overhead_ms,
  };
}

function reportAttempt(attempt: LoggedAttempt): AttemptReport {
  const { inputTokens, outputTokens, costNano } = attempt;
  const hasUsage = inputTokens !== null || outputTokens !== null || costNano !== null;
  return {
    provider: attempt.provider,
    model: attempt.model,
    key_hint: attempt.keyHint,
    status: attempt.status,
    error: attempt.error,
    vendor_message: attempt.vendorMessage,
    vendor_request_id: attempt.vendorRequestId,
    started_ms: attempt.startedMs,
    ms: attempt.ms,
    ...(hasUsage
      ? { input_tokens: inputTokens, output_tokens: outputTokens, cost_usd: toDollars(costNano) }
      : {}),
  };
}

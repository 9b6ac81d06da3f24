import type { RecordedAttempt, RequestRecord } from '../contract/request-record.js';
import { latencyBucketOf } from '../storage/latency-buckets.js';
import type { RequestLogTable } from '../storage/tables.js';
import { encodeAttempts } from './attempts-column.js';
import { encodeConsidered } from './considered-column.js';
import { cutText } from './safe-json.js';

/** What a record becomes in the log. */
export interface LogRow extends RequestLogTable {
  /** Of its duration; `null` for an error, as one that comes at once would make who fails look fast. */
  readonly bucket: number | null;
  readonly request: string | null;
  readonly response: string | null;
}

/** Tokens and money of a call that did not serve its request's answer; they count for who was called. */
export interface SpentCall
  extends
    Pick<LogRow, 'id' | 'at' | 'key_id' | 'key_name' | 'provider' | 'model' | 'cost_nano'>,
    TokenColumns {}

type TokenColumns = Pick<
  LogRow,
  'input_tokens' | 'cached_tokens' | 'cache_write_tokens' | 'output_tokens' | 'reasoning_tokens'
>;

/** A caller may write anything here, in any language. */
const CALLERS_BYTES = 200;
/** Names that the operator or the vendor gives. An index takes no entry of more than some 2,700 bytes. */
const NAME_BYTES = 200;
const CODE_BYTES = 64;
const BODY_BYTES = 1_048_576;
const LARGEST_INTEGER = 2 ** 31 - 1;

/**
 * Fits any record into the table: texts are cut, so that a row stays small and no index refuses it; numbers are whole
 * and finite, so that one odd record does not hold up the others of its batch.
 */
export function toLogRow(record: RequestRecord): LogRow {
  const status = toInteger(record.status) ?? 0;
  return {
    id: cutText(record.id, CODE_BYTES),
    at: toWhole(record.at) ?? 0,
    request_id: cutText(record.requestId, CALLERS_BYTES),
    key_id: cut(record.keyId, NAME_BYTES),
    key_name: cut(record.keyName, NAME_BYTES),
    format: cutText(record.format, CODE_BYTES),
    stream: record.stream ? 1 : 0,
    requested_model: cut(record.requestedModel, CALLERS_BYTES),
    provider: cut(record.provider, NAME_BYTES),
    model: cut(record.model, NAME_BYTES),
    status,
    end_reason: cutText(record.endReason, CODE_BYTES),
    error: cut(record.error, CODE_BYTES),
    attempts: encodeAttempts(record.attempts),
    ...toTokens(record),
    usage_source: record.usageSource,
    cost_nano: toWhole(record.costNano),
    price_version: cut(record.priceVersion, CODE_BYTES),
    cache: record.cache,
    saved_nano: toWhole(record.savedNano),
    finish: cut(record.finish, CODE_BYTES),
    queue_ms: toInteger(record.queueMs) ?? 0,
    first_token_ms: toInteger(record.firstTokenMs),
    total_ms: toInteger(record.totalMs) ?? 0,
    overhead_ms: toMicroseconds(record.overheadMs),
    considered: encodeConsidered(record.considered),
    bucket: status >= 400 || record.endReason !== 'done' ? null : latencyBucketOf(record.totalMs),
    request: cut(record.bodies?.request ?? null, BODY_BYTES),
    response: cut(record.bodies?.response ?? null, BODY_BYTES),
  };
}

/** @param row that of the record */
export function toSpentCalls({ attempts }: RequestRecord, row: LogRow): readonly SpentCall[] {
  return attempts.flatMap((attempt) => (hasSpent(attempt) ? [toSpentCall(attempt, row)] : []));
}

function hasSpent({ usage, costNano }: RecordedAttempt): boolean {
  return usage !== undefined || (costNano !== undefined && costNano !== null);
}

function toSpentCall(attempt: RecordedAttempt, { id, at, key_id, key_name }: LogRow): SpentCall {
  return {
    id,
    at,
    key_id,
    key_name,
    provider: cutText(attempt.provider, NAME_BYTES),
    model: cutText(attempt.model, NAME_BYTES),
    ...toTokens(attempt),
    cost_nano: toWhole(attempt.costNano),
  };
}

function toTokens({ usage }: Pick<RecordedAttempt, 'usage'>): TokenColumns {
  return {
    input_tokens: toWhole(usage?.inputTokens),
    cached_tokens: toWhole(usage?.cacheReadTokens),
    cache_write_tokens: toWhole(usage?.cacheWriteTokens),
    output_tokens: toWhole(usage?.outputTokens),
    reasoning_tokens: toWhole(usage?.reasoningTokens),
  };
}

function cut(text: string | null, bytes: number): string | null {
  return text === null ? null : cutText(text, bytes);
}

function toWhole(value: number | null | undefined): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  return Math.min(Math.max(Math.round(value), 0), Number.MAX_SAFE_INTEGER);
}

function toInteger(value: number | null): number | null {
  const whole = toWhole(value);
  return whole === null ? null : Math.min(whole, LARGEST_INTEGER);
}

function toMicroseconds(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * 1_000) / 1_000;
}

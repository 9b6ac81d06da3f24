import type { RequestRecord } from '../contract/request-record.js';
import { toLogRow, toSpentCalls, type LogRow, type SpentCall } from './log-row.js';
import { toSafeJson } from './safe-json.js';
import { DAY_MS } from './usage-sums.js';

type ColumnType = 'text' | 'bigint' | 'integer' | 'double precision';

/** Columns of `request_log`, in the order in which a batch has them. */
export const LOG_COLUMNS = {
  id: 'text',
  at: 'bigint',
  request_id: 'text',
  key_id: 'text',
  key_name: 'text',
  format: 'text',
  stream: 'integer',
  requested_model: 'text',
  provider: 'text',
  model: 'text',
  status: 'integer',
  end_reason: 'text',
  error: 'text',
  attempts: 'text',
  input_tokens: 'bigint',
  cached_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  output_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  usage_source: 'text',
  cost_nano: 'bigint',
  price_version: 'text',
  cache: 'text',
  saved_nano: 'bigint',
  finish: 'text',
  queue_ms: 'integer',
  first_token_ms: 'integer',
  total_ms: 'integer',
  overhead_ms: 'double precision',
  considered: 'text',
} as const satisfies Record<Exclude<keyof LogRow, 'bucket' | 'request' | 'response'>, ColumnType>;

/** Those of a batch's rows. The last ones are absent where they are null. */
export const ROW_COLUMNS = {
  ...LOG_COLUMNS,
  bucket: 'integer',
  request: 'text',
  response: 'text',
} as const satisfies Record<keyof LogRow, ColumnType>;

export const CALL_COLUMNS = {
  id: 'text',
  at: 'bigint',
  key_id: 'text',
  key_name: 'text',
  provider: 'text',
  model: 'text',
  input_tokens: 'bigint',
  cached_tokens: 'bigint',
  cache_write_tokens: 'bigint',
  output_tokens: 'bigint',
  reasoning_tokens: 'bigint',
  cost_nano: 'bigint',
} as const satisfies Record<keyof SpentCall, ColumnType>;

/** What one transaction writes. */
export interface EncodedBatch {
  /** JSON: a list with the cells of `ROW_COLUMNS` for each record. */
  readonly rows: string;
  /** JSON: one with those of `CALL_COLUMNS` for each call beside the answer. */
  readonly calls: string;
  /** First milliseconds of the days (UTC) of its rows. */
  readonly days: ReadonlySet<number>;
  readonly hasBodies: boolean;
  readonly hasCalls: boolean;
}

/** Far below the 256 MB that PostgreSQL takes in one value. */
const MOST_BODY_LENGTH = 16_000_000;

const ROW_NAMES = Object.keys(ROW_COLUMNS) as (keyof typeof ROW_COLUMNS)[];
const CALL_NAMES = Object.keys(CALL_COLUMNS) as (keyof typeof CALL_COLUMNS)[];

/** Most often one; more where there are many bodies. A record that comes twice is in once. */
export function* encodeBatches(records: readonly RequestRecord[]): Generator<EncodedBatch> {
  let batch = new BatchBuilder();
  const seen = new Set<string>();
  for (const record of records) {
    if (seen.has(record.id)) continue;
    seen.add(record.id);
    if (batch.bodyLength > MOST_BODY_LENGTH) {
      yield batch.encode();
      batch = new BatchBuilder();
    }
    batch.add(record);
  }
  if (seen.size > 0) yield batch.encode();
}

class BatchBuilder {
  bodyLength = 0;
  private readonly rows: unknown[][] = [];
  private readonly calls: unknown[][] = [];
  private readonly days = new Set<number>();

  add(record: RequestRecord): void {
    const row = toLogRow(record);
    this.rows.push(toCells(row, ROW_NAMES));
    for (const call of toSpentCalls(record, row)) this.calls.push(toCells(call, CALL_NAMES));
    this.days.add(row.at - (row.at % DAY_MS));
    this.bodyLength += (row.request?.length ?? 0) + (row.response?.length ?? 0);
  }

  encode(): EncodedBatch {
    return {
      rows: toSafeJson(this.rows),
      calls: toSafeJson(this.calls),
      days: this.days,
      hasBodies: this.bodyLength > 0,
      hasCalls: this.calls.length > 0,
    };
  }
}

function toCells<Row extends object>(row: Row, names: readonly (keyof Row)[]): unknown[] {
  const cells: unknown[] = names.map((name) => row[name]);
  while (cells.at(-1) === null) cells.pop();
  return cells;
}

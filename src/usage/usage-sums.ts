import { LATENCY_BUCKETS, latencyColumn } from '../storage/latency-buckets.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const TOKEN_COLUMNS = [
  'input_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
] as const;

/** Columns of `usage_hourly` beside its key and the latencies. */
export const SUM_COLUMNS = [
  'requests',
  'errors',
  ...TOKEN_COLUMNS,
  'cost_nano',
  'saved_nano',
  'cache_hits',
  'unpriced',
  'estimated',
] as const;

export const LATENCY_COLUMNS: readonly string[] = Array.from({ length: LATENCY_BUCKETS }, (_, bucket) =>
  latencyColumn(bucket),
);

const COUNTS = [...SUM_COLUMNS, ...LATENCY_COLUMNS];

/** The tokens of an answer that was kept were counted when it was made. */
const COUNTED_TOKENS = TOKEN_COLUMNS.map(
  (column) => `CASE WHEN cache <> 'hit' THEN ${column} END AS ${column}`,
);

/** What one request adds. */
const REQUEST = `at, key_id, key_name, provider, model,
  1 AS requests, CASE WHEN status >= 400 OR end_reason <> 'done' THEN 1 ELSE 0 END AS errors, ${COUNTED_TOKENS.join(', ')},
  cost_nano, saved_nano, CASE cache WHEN 'hit' THEN 1 ELSE 0 END AS cache_hits,
  CASE WHEN cost_nano IS NULL AND cache <> 'hit' AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)
    THEN 1 ELSE 0 END AS unpriced,
  CASE usage_source WHEN 'estimated' THEN 1 ELSE 0 END AS estimated, bucket`;

/** What a call beside the answer adds. No key pays for it: the budgets read these sums. */
const CALL = `at, CAST(NULL AS TEXT), CAST(NULL AS TEXT), provider, model,
  0, 0, ${TOKEN_COLUMNS.join(', ')}, cost_nano, 0, 0, 0, 0, CAST(NULL AS INTEGER)`;

/** Tables of sums, and the period of theirs. */
const PERIODS = { usage_hourly: 'hour', usage_daily: 'day' } as const;

type Period = (typeof PERIODS)[keyof typeof PERIODS];

const MILLISECONDS: Record<Period, number> = { hour: HOUR_MS, day: DAY_MS };

const KEY = 'key_id, provider, model';

/** Columns of a table of sums, behind that of its period. */
export const KEYED_COUNTS = `${KEY}, key_name, ${COUNTS.join(', ')}`;

/**
 * The statement that adds to a table of sums, in the words of both databases.
 * @param rows a relation with the columns of `ROW_COLUMNS`
 * @param calls one with those of `CALL_COLUMNS`
 */
export function addToSums(table: keyof typeof PERIODS, rows: string, calls: string): string {
  return addSums(table, sumsOfRequests(PERIODS[table], rows, calls));
}

/**
 * The same, of sums that are there already. Its rows are in order, so that replicas that write the same sums never wait for
 * each other in a circle.
 * @param sums a query with the columns of the table
 */
export function addSums(table: keyof typeof PERIODS, sums: string): string {
  const key = `${PERIODS[table]}, ${KEY}`;
  return `INSERT INTO ${table} (${PERIODS[table]}, ${KEYED_COUNTS})
SELECT * FROM (${sums}) AS summed WHERE true ORDER BY ${key}
ON CONFLICT (${key}) DO UPDATE SET key_name = excluded.key_name,
  ${COUNTS.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ')}`;
}

/** The query for the sums of each period, with the columns of a table of sums. Parameters as for `addToSums`. */
export function sumsOfRequests(period: Period, rows: string, calls: string): string {
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(${column}), 0) AS ${column}`);
  const latencies = LATENCY_COLUMNS.map(
    (column, bucket) => `count(*) FILTER (WHERE bucket = ${bucket}) AS ${column}`,
  );
  return `SELECT ${period}, ${KEY}, max(key_name) AS key_name, ${[...sums, ...latencies].join(', ')} FROM (
  SELECT ${beginOf(period, 'at')}, coalesce(key_id, '') AS key_id, coalesce(key_name, '') AS key_name,
    coalesce(provider, '') AS provider, coalesce(model, '') AS model, bucket, ${SUM_COLUMNS.join(', ')}
  FROM (SELECT ${REQUEST} FROM ${rows} UNION ALL SELECT ${CALL} FROM ${calls}) AS part
) AS named GROUP BY ${period}, ${KEY}`;
}

/** The query for the sums of each day, from those of its hours. */
export function sumsOfHours(hours: string): string {
  const sums = COUNTS.map((column) => `sum(${column}) AS ${column}`);
  return `SELECT day, ${KEY}, max(key_name) AS key_name, ${sums.join(', ')}
FROM (SELECT ${beginOf('day', 'hour')}, ${KEYED_COUNTS} FROM ${hours}) AS dated GROUP BY day, ${KEY}`;
}

function beginOf(period: Period, column: string): string {
  return `${column} - ${column} % ${MILLISECONDS[period]} AS ${period}`;
}

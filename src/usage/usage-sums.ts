import { LATENCY_BUCKETS, latencyColumn } from '../storage/latency-buckets.js';

export const HOUR_MS = 3_600_000;

export const TOKEN_COLUMNS = [
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

const GROUP = `at - at % ${HOUR_MS} AS hour, coalesce(key_id, '') AS key_id, coalesce(key_name, '') AS key_name,
  coalesce(provider, '') AS provider, coalesce(model, '') AS model`;

/** What one request adds to the sums, where the price of a hit of the cache is no question. */
const REQUEST = `${GROUP}, 1 AS requests, CASE WHEN status >= 400 THEN 1 ELSE 0 END AS errors,
  ${TOKEN_COLUMNS.join(', ')}, cost_nano, saved_nano, CASE cache WHEN 'hit' THEN 1 ELSE 0 END AS cache_hits,
  CASE WHEN cost_nano IS NULL AND cache <> 'hit' AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)
    THEN 1 ELSE 0 END AS unpriced,
  CASE usage_source WHEN 'estimated' THEN 1 ELSE 0 END AS estimated, bucket`;

/** What a call beside the answer adds. */
const CALL = `${GROUP}, 0, 0, ${TOKEN_COLUMNS.join(', ')}, cost_nano, 0, 0, 0, 0, CAST(NULL AS INTEGER)`;

/**
 * The statement that adds to `usage_hourly`, in the words of both databases. Its rows are in order, so that replicas
 * that write the same hours never wait for each other in a circle.
 * @param rows a relation with the columns of `ROW_COLUMNS`
 * @param calls one with those of `CALL_COLUMNS`
 */
export function addToSums(rows: string, calls: string): string {
  const sums = SUM_COLUMNS.map((column) => `coalesce(sum(${column}), 0)`);
  const latencies = LATENCY_COLUMNS.map((_, bucket) => `count(*) FILTER (WHERE bucket = ${bucket})`);
  return `INSERT INTO usage_hourly (hour, key_id, key_name, provider, model, ${COUNTS.join(', ')})
SELECT hour, key_id, max(key_name), provider, model, ${[...sums, ...latencies].join(', ')}
FROM (SELECT ${REQUEST} FROM ${rows} UNION ALL SELECT ${CALL} FROM ${calls}) AS part
WHERE true
GROUP BY hour, key_id, provider, model
ORDER BY hour, key_id, provider, model
ON CONFLICT (hour, key_id, provider, model) DO UPDATE SET key_name = excluded.key_name,
  ${COUNTS.map((column) => `${column} = usage_hourly.${column} + excluded.${column}`).join(', ')}`;
}

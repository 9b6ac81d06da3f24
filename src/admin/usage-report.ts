import { percentile } from '../storage/latency-buckets.js';
import type { UsageGroup, UsageRow } from '../usage/usage-reader.js';
import { toDollars } from '../contract/to-dollars.js';

/** One row of the report. Groups that were not asked for are absent; `null`: requests that had none. */
export interface UsageReport {
  readonly model?: string | null;
  readonly provider?: string | null;
  /** Its name at last. */
  readonly key?: string | null;
  readonly key_id?: string | null;
  /** In UTC. */
  readonly day?: string;
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly cache_write_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_usd: number;
  readonly saved_usd: number;
  readonly cache_hits: number;
  /** Requests whose cost is missing in `cost_usd`, as no price is known. */
  readonly unpriced_requests: number;
  readonly estimated_requests: number;
  /** Of requests that did not fail; `null` without any. */
  readonly latency_ms_p50: number | null;
  readonly latency_ms_p95: number | null;
  readonly latency_ms_p99: number | null;
}

export function reportUsage(
  { groups: values, keyName, sums, latencies }: UsageRow,
  groups: readonly UsageGroup[],
): UsageReport {
  return {
    ...Object.fromEntries(groups.flatMap((group, index) => reportGroup(group, values[index] ?? '', keyName))),
    requests: sums.requests,
    errors: sums.errors,
    input_tokens: sums.input_tokens,
    cached_tokens: sums.cached_tokens,
    cache_write_tokens: sums.cache_write_tokens,
    output_tokens: sums.output_tokens,
    reasoning_tokens: sums.reasoning_tokens,
    cost_usd: toDollars(sums.cost_nano),
    saved_usd: toDollars(sums.saved_nano),
    cache_hits: sums.cache_hits,
    unpriced_requests: sums.unpriced,
    estimated_requests: sums.estimated,
    latency_ms_p50: percentile(latencies, 0.5),
    latency_ms_p95: percentile(latencies, 0.95),
    latency_ms_p99: percentile(latencies, 0.99),
  };
}

function reportGroup(
  group: UsageGroup,
  value: string | number,
  keyName: string | undefined,
): readonly (readonly [string, string | null])[] {
  switch (group) {
    case 'model':
    case 'provider':
      return [[group, String(value) || null]];
    case 'key':
      return [
        ['key', keyName || null],
        ['key_id', String(value) || null],
      ];
    case 'day':
      return [['day', new Date(value).toISOString().slice(0, 10)]];
  }
}

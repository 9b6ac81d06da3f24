/** How many buckets a histogram of request durations has. */
export const LATENCY_BUCKETS = 32;

/** Each bucket ends at so many times the end of the one before it; the first ends at 1 ms, the last has no end. */
const GROWTH = 1.5;

/** The bucket of a duration in milliseconds, from 0. */
export function latencyBucketOf(milliseconds: number): number {
  if (!(milliseconds > 1)) return 0;
  return Math.min(Math.ceil(Math.log(milliseconds) / Math.log(GROWTH)), LATENCY_BUCKETS - 1);
}

/** The column of a bucket in `usage_hourly`. */
export function latencyColumn(bucket: number): string {
  return `ms_${String(bucket).padStart(2, '0')}`;
}

/**
 * The duration in milliseconds that a share of all requests stayed within, read between the ends of its bucket.
 * `null`: there were none.
 * @param share 0.5 for the median
 */
export function percentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * total;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && before + count >= rank) {
      const low = bucket === 0 ? 0 : GROWTH ** (bucket - 1);
      const high = GROWTH ** bucket;
      return Math.round(low + ((high - low) * (rank - before)) / count);
    }
    before += count;
  }
  return null;
}

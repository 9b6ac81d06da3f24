/** One figure over the rounds of a run. */
export interface Series {
  /** The median of the rounds, unless the row says otherwise. */
  readonly value: number;
  readonly rounds: readonly number[];
}

/** @throws Error without numbers */
export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

/** Linear between the two nearest ranks. @throws Error without numbers */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  const rank = share * (sorted.length - 1);
  const low = sorted[Math.floor(rank)];
  const high = sorted[Math.ceil(rank)];
  if (low === undefined || high === undefined) throw new Error('No numbers');
  return low + (high - low) * (rank - Math.floor(rank));
}

/** Half of the distance between the lowest and the highest round. */
export function spread({ rounds }: Series): number {
  return rounds.length < 2 ? 0 : (Math.max(...rounds) - Math.min(...rounds)) / 2;
}

export function toSeries(rounds: readonly number[]): Series {
  return { value: median(rounds), rounds };
}

/** Combines two series round by round: what disturbs both halves of a round cancels out. */
export function combine(left: Series, right: Series, join: (left: number, right: number) => number): Series {
  return toSeries(left.rounds.map((value, index) => join(value, right.rounds[index] ?? NaN)));
}

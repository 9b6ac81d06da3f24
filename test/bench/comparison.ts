import type { Figure } from './figures.ts';
import { spread } from './statistics.ts';
import type { Series } from './statistics.ts';

/** After divided by before. */
export interface Quotient {
  readonly ratio: number;
  /** How far the ratio may be off; `undefined` where a single round says nothing about that. */
  readonly off: number | undefined;
}

export interface Comparison {
  /** Of what Sluice needed. */
  readonly own: Quotient | undefined;
  /** Of how it stood to another subject of the same run. */
  readonly relative: Quotient | undefined;
  readonly verdict: 'better' | 'worse' | 'same' | 'unknown';
  /** By how much it got worse, as a factor above 1 whichever direction is the good one. */
  readonly worsening: number;
}

/** The relative spreads of both, added as independent ones. `undefined` where a ratio makes no sense. */
export function quotientOf(before: Series | undefined, after: Series | undefined): Quotient | undefined {
  if (before === undefined || after === undefined || !(before.value > 0) || !(after.value > 0))
    return undefined;
  const ratio = after.value / before.value;
  const isKnown = before.rounds.length > 1 && after.rounds.length > 1;
  const off = isKnown
    ? ratio * Math.hypot(spread(before) / before.value, spread(after) / after.value)
    : undefined;
  return { ratio, off };
}

/** A relation that is a ratio is judged by itself, as it depends on the machine the least; else what Sluice needed. */
export function compareFigures(before: Figure, after: Figure): Comparison {
  const own = quotientOf(before.values.sluice, after.values.sluice);
  // What is added is a difference of two close numbers: a ratio of it says nothing.
  const isRatio = before.relation?.kind === 'ratio' && after.relation?.kind === 'ratio';
  const relative = isRatio ? quotientOf(before.relation, after.relation) : undefined;
  const judged = relative ?? own;
  // The load generator set these rates, not Sluice.
  const isBound = before.atLeast?.includes('sluice') === true || after.atLeast?.includes('sluice') === true;
  if (judged?.off === undefined || isBound) return { own, relative, verdict: 'unknown', worsening: 1 };
  const { ratio, off } = judged;
  const isWorse = after.better === 'more' ? ratio < 1 : ratio > 1;
  const worsening = after.better === 'more' ? 1 / ratio : ratio;
  const verdict = Math.abs(ratio - 1) <= off ? 'same' : isWorse ? 'worse' : 'better';
  return { own, relative, verdict, worsening };
}

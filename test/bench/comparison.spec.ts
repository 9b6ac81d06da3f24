import { describe, expect, it } from 'vitest';
import { compareFigures, quotientOf } from './comparison.js';
import type { Figure } from './figures.js';
import { toSeries } from './statistics.js';

const figure = (rounds: readonly number[], more: Partial<Figure> = {}): Figure => ({
  row: 'chat',
  label: 'CPU per request',
  unit: 'µs',
  values: { sluice: toSeries(rounds) },
  ...more,
});

const relation = (kind: 'ratio' | 'added', rounds: readonly number[]): Figure['relation'] => ({
  kind,
  to: 'floor',
  ...toSeries(rounds),
});

describe('the quotient of two series', () => {
  it('is off by the relative spreads of both', () => {
    // Half of the distance: 3 % of 100 and 4 % of 200.
    const quotient = quotientOf(toSeries([97, 100, 103]), toSeries([192, 200, 208]));
    expect(quotient?.ratio).toBeCloseTo(2);
    expect(quotient?.off).toBeCloseTo(2 * 0.05);
  });

  it('does not know how far it is off with a single round', () => {
    expect(quotientOf(toSeries([100]), toSeries([150, 151]))).toEqual({ ratio: 1.505, off: undefined });
  });

  it.each([
    [[0], [1]],
    [[1], [-1]],
  ])('is none of %s and %s', (before, after) => {
    expect(quotientOf(toSeries(before), toSeries(after))).toBeUndefined();
  });
});

describe('the verdict on a figure', () => {
  it('is "same" within the spread', () => {
    expect(compareFigures(figure([90, 100, 110]), figure([95, 105, 115])).verdict).toBe('same');
  });

  it('is "worse" for more beyond the spread, with the factor', () => {
    const comparison = compareFigures(figure([99, 100, 101]), figure([119, 120, 121]));
    expect(comparison).toMatchObject({ verdict: 'worse', worsening: 1.2 });
  });

  it('is "better" for less beyond the spread', () => {
    const comparison = compareFigures(figure([99, 100, 101]), figure([79, 80, 81]));
    expect(comparison).toMatchObject({ verdict: 'better', worsening: 0.8 });
  });

  it('turns round where more is better', () => {
    const better = 'more';
    const comparison = compareFigures(figure([99, 100, 101], { better }), figure([49, 50, 51], { better }));
    expect(comparison).toMatchObject({ verdict: 'worse', worsening: 2 });
    const risen = compareFigures(figure([49, 50, 51], { better }), figure([99, 100, 101], { better }));
    expect(risen).toMatchObject({ verdict: 'better', worsening: 0.5 });
  });

  it('is "unknown" with a single round', () => {
    expect(compareFigures(figure([100]), figure([300])).verdict).toBe('unknown');
  });

  it('is "unknown" where the load generator set the rate', () => {
    const bound = figure([49, 50, 51], { better: 'more', atLeast: ['floor', 'sluice'] });
    expect(compareFigures(figure([99, 100, 101], { better: 'more' }), bound).verdict).toBe('unknown');
  });

  it('goes by the relation where that is a ratio', () => {
    const before = figure([100, 101], { relation: relation('ratio', [2, 2.02]) });
    const after = figure([200, 201], { relation: relation('ratio', [2.01, 2.02]) });
    const comparison = compareFigures(before, after);
    expect(comparison.own?.ratio).toBeCloseTo(2, 1);
    expect(comparison.verdict).toBe('same');
  });

  it('goes by what Sluice needed where the relation is a difference', () => {
    const before = figure([1, 1.01], { relation: relation('added', [0.01, 0.02]) });
    const after = figure([1.5, 1.51], { relation: relation('added', [0.01, 0.02]) });
    expect(compareFigures(before, after)).toMatchObject({ relative: undefined, verdict: 'worse' });
  });
});

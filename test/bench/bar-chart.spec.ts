import { describe, expect, it } from 'vitest';
import { barChart } from './bar-chart.js';

const widthsOf = (svg: string): number[] =>
  [...svg.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width));

describe('a chart of bars', () => {
  it('gives the longest bar of each group the full length', () => {
    const svg = barChart('Time', [
      {
        title: 'one',
        bars: [
          { subject: 'floor', value: 50, label: '50 µs' },
          { subject: 'sluice', value: 100, label: '100 µs' },
        ],
      },
      { title: 'two', bars: [{ subject: 'sluice', value: 3, label: '3 µs' }] },
    ]);
    const [half = 0, whole = 0, alone = 0] = widthsOf(svg);
    expect(whole).toBeGreaterThan(100);
    expect(half).toBe(whole / 2);
    expect(alone).toBe(whole);
  });

  it('draws what is not above zero as a line', () => {
    const bars = [
      { subject: 'floor' as const, value: -0.1, label: '-0.1 ms' },
      { subject: 'sluice' as const, value: 0, label: '0 ms' },
    ];
    expect(widthsOf(barChart('Time', [{ title: 'one', bars }]))).toEqual([1, 1]);
  });

  it('writes text that is no markup', () => {
    const svg = barChart('a < b & c', []);
    expect(svg).toContain('<title>a &lt; b &amp; c</title>');
    expect(svg).not.toContain('a < b');
  });
});

import { describe, expect, it } from 'vitest';
import { Counter } from './counter.js';
import { Histogram } from './histogram.js';
import { mergeParts, type MetricPart } from './merge-parts.js';

const INFO = { name: 'calls', help: 'Calls', labels: ['provider'] };

const partOf = (metric: Counter | Histogram): MetricPart => ({
  name: metric.name,
  type: metric.type,
  across: 'sum',
  text: metric.write(),
});
const gauge = (across: MetricPart['across'], value: string): MetricPart => ({
  name: 'state',
  type: 'gauge',
  across,
  text: `# TYPE state gauge\nstate ${value}\n`,
});
const textOf = (parts: readonly MetricPart[]): string => parts.map(({ text }) => text).join('');

describe('the metrics of several processes together', () => {
  it('add up counters, sample by sample, also where only one has a sample', () => {
    const [one, two] = [new Counter(INFO), new Counter(INFO)];
    one.cell('a b="c" 1').value = 2;
    two.cell('a b="c" 1').value = 3;
    two.cell('other').value = 0.5;
    expect(textOf(mergeParts([[partOf(one)], [partOf(two)]]))).toBe(
      '# HELP calls Calls\n# TYPE calls counter\ncalls{provider="a b=\\"c\\" 1"} 5\ncalls{provider="other"} 0.5\n',
    );
  });

  it('add up histograms to what one process would have observed', () => {
    const [one, two, both] = [1, 2, 3].map(() => new Histogram(INFO, [1, 5])) as [
      Histogram,
      Histogram,
      Histogram,
    ];
    for (const value of [0.5, 7]) for (const histogram of [one, both]) histogram.cell('a').observe(value);
    for (const value of [3]) for (const histogram of [two, both]) histogram.cell('a').observe(value);
    expect(textOf(mergeParts([[partOf(one)], [partOf(two)]]))).toBe(both.write());
  });

  it.each([
    ['sum', '4', '3', '7'],
    ['max', '4', '3', '4'],
    ['min', '4', '3', '3'],
    ['min', '+Inf', '3', '3'],
    ['max', '+Inf', '3', '+Inf'],
    ['max', 'NaN', '3', '3'],
    ['max', '3', 'NaN', '3'],
  ] as const)('take the %s of %s and %s', (across, one, two, both) => {
    expect(textOf(mergeParts([[gauge(across, one)], [gauge(across, two)]]))).toContain(`\nstate ${both}\n`);
  });

  it('show the worst of quantiles, which cannot be added up', () => {
    const summary = (value: number): MetricPart => ({
      name: 'busy',
      type: 'summary',
      across: 'sum',
      text: `# TYPE busy summary\nbusy{quantile="0.5"} ${value}\nbusy_count ${value}\n`,
    });
    expect(textOf(mergeParts([[summary(2)], [summary(3)]]))).toBe(
      '# TYPE busy summary\nbusy{quantile="0.5"} 3\nbusy_count 5\n',
    );
  });
});

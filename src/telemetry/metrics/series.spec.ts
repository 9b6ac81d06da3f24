import { describe, expect, it } from 'vitest';
import { Counter } from './counter.js';

describe('a metric', () => {
  it('counts the rest together when it has too many series', () => {
    const counter = new Counter({ name: 'pairs_total', help: 'Pairs', labels: ['one', 'other'] });
    for (let index = 0; index < 6_000; index++) counter.cell(`a${index}`, `b${index}`).value++;
    const lines = counter.write().trimEnd().split('\n').slice(2);
    expect(lines).toHaveLength(5_001);
    expect(lines).toContain('pairs_total{one="other",other="other"} 1000');
  });

  it('says what it is before its samples, and has none before anything was counted', () => {
    expect(new Counter({ name: 'pairs_total', help: 'Pairs\nof two', labels: [] }).write()).toBe(
      '# HELP pairs_total Pairs\\nof two\n# TYPE pairs_total counter\n',
    );
  });
});

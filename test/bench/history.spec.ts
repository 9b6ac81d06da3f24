import { describe, expect, it } from 'vitest';
import type { BenchResults, Figure } from './figures.js';
import { historyLine } from './history.js';
import { toSeries } from './statistics.js';

const figure = (row: string, label: string, value: number, relation?: Figure['relation']): Figure => ({
  row,
  label,
  unit: '',
  values: { sluice: toSeries([value]) },
  relation,
});

const resultsOf = (figures: readonly Figure[], load = 0): BenchResults => ({
  version: 1,
  machine: {
    cpu: 'A processor',
    cores: 2,
    memoryGb: 8,
    kernel: '6.1',
    node: 'v26.1.0',
    date: '2026-01-02T03:04:05.000Z',
    commit: 'abc1234',
    load,
    pinned: true,
  },
  settings: { rounds: 1, seconds: 1, samples: 1000 },
  titles: {},
  figures,
  faults: [],
});

describe('the line of the history', () => {
  it('has the figures of the run', () => {
    const ratio = (value: number): Figure['relation'] => ({
      kind: 'ratio',
      to: 'floor',
      ...toSeries([value]),
    });
    const added = (value: number): Figure['relation'] => ({
      kind: 'added',
      to: 'direct',
      ...toSeries([value]),
    });
    const line = historyLine(
      resultsOf([
        figure('chat-1kb', 'CPU per request', 412.4, ratio(2.206)),
        figure('stream', 'CPU per request', 1234.5, ratio(1.5)),
        figure('first-token-idle', 'first byte p50', 0.9, added(0.5)),
        figure('first-token-idle', 'first byte p99', 3, added(-0.25)),
        figure('concurrent', '1,000 streams: RSS growth per stream', 40.6),
        figure('failover', 'added, p50', 0.444),
      ]),
    );
    expect(line).toBe(
      '| 2026-01-02 | abc1234 | A processor, 2 cores, 26.1.0 | 412 (2.21x) | - | 1,235 (1.50x) | - | - | +0.50 / -0.25 | 41 | +0.44 |',
    );
  });

  it('says that the machine was busy', () => {
    expect(historyLine(resultsOf([], 0.51))).toContain('| A processor, 2 cores, 26.1.0, busy |');
  });

  it('has a dash for what was not measured', () => {
    expect(historyLine(resultsOf([])).split(' | ').slice(3).join()).toBe('-,-,-,-,-,- / -,-,- |');
  });
});

import { describe, expect, it } from 'vitest';
import { cpuChart, latencyChart } from '../bench/charts.js';
import type { BenchResults } from '../bench/figures.js';
import { historyLine } from '../bench/history.js';
import { withResults } from '../bench/page.js';
import { readPage } from './markdown.js';

const results = JSON.parse(readPage('docs/performance/results.json')) as BenchResults;

describe('the results in docs/performance', () => {
  it('are of a run in which every row was measured', () => {
    expect(results.faults).toEqual([]);
    expect(results.figures.length).toBeGreaterThan(50);
  });

  it('are those of the table', () => {
    const page = readPage('docs/performance.md');
    expect(withResults(page, results)).toBe(page);
  });

  it('have everything that a line of the history needs', () => {
    expect(historyLine(results)).not.toMatch(/\| - |- \/ -/);
  });

  it.each([
    ['cpu.svg', cpuChart],
    ['latency.svg', latencyChart],
  ])('are those of %s', (file, draw) => {
    expect(readPage(`docs/performance/${file}`)).toBe(draw(results));
  });
});

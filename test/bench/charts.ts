import { barChart } from './bar-chart.ts';
import type { BarGroup } from './bar-chart.ts';
import { findFigure, ratioTo } from './figures.ts';
import type { BenchResults, Figure, SubjectName } from './figures.ts';
import { formatNumber } from './report.ts';
import { CPU_LABEL } from './rows/cpu-row.ts';

const SUBJECTS = ['floor', 'sluice', 'portkey'] as const satisfies readonly SubjectName[];
const LATENCIES = [
  ['latency-500', 'end', 'chat, 1 KB'],
  ['first-token-500', 'first byte', 'first token of a stream'],
] as const;
const PERCENTILES = ['p50', 'p90', 'p99', 'p99.9'] as const;

/** CPU per request of every row that has it. */
export function cpuChart(results: BenchResults): string {
  const groups = results.figures
    .filter(({ label }) => label === CPU_LABEL)
    .map(({ row, values }): BarGroup => ({
      title: results.titles[row] ?? row,
      bars: SUBJECTS.flatMap((subject) => {
        const value = values[subject]?.value;
        if (value === undefined) return [];
        const ratio = subject === 'floor' ? undefined : ratioTo('floor', values, subject);
        const times = ratio === undefined ? '' : `, ${ratio.value.toFixed(2)}x the floor`;
        return [{ subject, value, label: `${formatNumber(Math.round(value))} µs${times}` }];
      }),
    }));
  return barChart('CPU time per request', groups);
}

/** What each gateway adds to the answer of the upstream, at 500 requests per second. */
export function latencyChart(results: BenchResults): string {
  const groups = LATENCIES.flatMap(([row, moment, title]) =>
    PERCENTILES.flatMap((percentile) => {
      const figure = findFigure(results, row, `${moment} ${percentile}`);
      return figure === undefined ? [] : [addedBars(`${title}, ${percentile}`, figure)];
    }),
  );
  return barChart('Latency added at 500 requests/s', groups);
}

function addedBars(title: string, { values }: Figure): BarGroup {
  const bars = SUBJECTS.flatMap((subject) => {
    const [behind, without] = [values[subject], values.direct];
    if (behind === undefined || without === undefined) return [];
    const value = behind.value - without.value;
    return [{ subject, value, label: `${formatNumber(value)} ms` }];
  });
  return { title, bars };
}

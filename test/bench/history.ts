import { findFigure } from './figures.ts';
import type { BenchResults } from './figures.ts';
import { isBusy } from './machine.ts';
import { formatNumber } from './report.ts';
import { CPU_LABEL } from './rows/cpu-row.ts';

const CPU_ROWS = ['chat-1kb', 'chat-400', 'stream', 'stream-gaps', 'stream-translated'] as const;

/** The line of docs/performance.md for a run. */
export function historyLine(results: BenchResults): string {
  const { date, commit, cpu, cores, node } = results.machine;
  const added = (percentile: string): string => {
    const relation = findFigure(results, 'first-token-idle', `first byte ${percentile}`)?.relation;
    return relation === undefined ? '-' : signed(relation.value);
  };
  const memory = findFigure(results, 'concurrent', '1,000 streams: RSS growth per stream');
  const failover = findFigure(results, 'failover', 'added, p50');
  const cells = [
    date.slice(0, 10),
    commit,
    `${cpu}, ${String(cores)} cores, ${node.replace(/^v/, '')}${isBusy(results.machine) ? ', busy' : ''}`,
    ...CPU_ROWS.map((row) => cpuCell(results, row)),
    `${added('p50')} / ${added('p99')}`,
    memory?.values.sluice === undefined ? '-' : formatNumber(Math.round(memory.values.sluice.value)),
    failover?.values.sluice === undefined ? '-' : signed(failover.values.sluice.value),
  ];
  return `| ${cells.join(' | ')} |`;
}

function cpuCell(results: BenchResults, row: string): string {
  const figure = findFigure(results, row, CPU_LABEL);
  if (figure?.values.sluice === undefined || figure.relation === undefined) return '-';
  return `${formatNumber(Math.round(figure.values.sluice.value))} (${figure.relation.value.toFixed(2)}x)`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
}

import { isMet } from './figures.ts';
import type { BenchResults, Figure, SubjectName } from './figures.ts';
import { isBusy } from './machine.ts';
import type { MachineFacts } from './machine.ts';
import { spread } from './statistics.ts';
import type { Series } from './statistics.ts';

export const TITLES: Readonly<Record<SubjectName, string>> = {
  direct: 'direct',
  floor: 'floor',
  sluice: 'Sluice',
  portkey: 'Portkey',
};
export const SUBJECTS = Object.keys(TITLES) as SubjectName[];
const WIDTH = 12;
const LABEL_WIDTH = 44;

/** About three significant digits, thousands grouped; whole numbers as they are. */
export function formatNumber(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function machineLines(machine: MachineFacts): string {
  const { cpu, cores, memoryGb, kernel, node, commit, date, load, pinned } = machine;
  const place = pinned
    ? 'gateway alone on one core, upstream and load generator on another'
    : 'NOT PINNED: taskset or a second core is missing, figures are not comparable';
  const busy = isBusy(machine) ? `\nThe machine is busy (load ${String(load)}): figures are noisy.` : '';
  return `${cpu}, ${String(cores)} cores, ${String(memoryGb)} GB, Linux ${kernel}, Node ${node}
commit ${commit}, ${date}; ${place}${busy}`;
}

/** The header of the table for the subjects of a run. */
export function tableHead(subjects: readonly SubjectName[]): string {
  const columns = [...subjects.map((name) => TITLES[name]), 'relation', 'spread'];
  return `${''.padEnd(LABEL_WIDTH)}${columns.map((text) => text.padStart(WIDTH)).join('')}  target`;
}

/** The line of one figure. */
export function tableLine(figure: Figure, subjects: readonly SubjectName[]): string {
  const { label, unit, values, relation, target } = figure;
  const cells = subjects.map((name) => {
    const series = values[name];
    if (series === undefined) return '';
    return `${figure.atLeast?.includes(name) === true ? '>=' : ''}${formatNumber(series.value)}`;
  });
  const judgedSeries: Series | undefined = relation ?? values.sluice;
  const columns = [
    ...cells,
    relation === undefined
      ? ''
      : relation.kind === 'ratio'
        ? `${relation.value.toFixed(2)}x`
        : signed(relation.value),
    judgedSeries === undefined || judgedSeries.rounds.length < 2
      ? ''
      : `±${formatNumber(spread(judgedSeries))}`,
  ];
  const met = isMet(figure);
  const verdict =
    met === undefined
      ? ''
      : `  <= ${String(target)}${relation?.kind === 'ratio' ? 'x' : ''} ${met ? 'met' : 'NOT MET'}`;
  const name = `  ${label}${unit === '' ? '' : `, ${unit}`}`;
  const line = `${name.padEnd(LABEL_WIDTH)}${columns.map((text) => text.padStart(WIDTH)).join('')}${verdict}`;
  return line.trimEnd();
}

/** Everything of a results file, as the run printed it. */
export function reportText({ machine, figures, faults, titles }: BenchResults): string {
  const subjects = SUBJECTS.filter((name) => figures.some(({ values }) => values[name] !== undefined));
  const rows = Object.entries(titles).map(([row, title]) =>
    [
      rowLine(row, title),
      ...figures.filter((figure) => figure.row === row).map((figure) => tableLine(figure, subjects)),
      ...faults.filter((one) => one.row === row).map(({ fault }) => faultLine(fault)),
    ].join('\n'),
  );
  return [machineLines(machine), tableHead(subjects), ...rows].join('\n\n');
}

export function rowLine(name: string, title: string): string {
  return `${name}: ${title}`;
}

export function faultLine(fault: string): string {
  return `  COULD NOT BE MEASURED: ${fault}`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${formatNumber(value)}`;
}

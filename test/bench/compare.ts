import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compareFigures } from './comparison.ts';
import type { Quotient } from './comparison.ts';
import { findFigure } from './figures.ts';
import type { BenchResults } from './figures.ts';
import { formatNumber } from './report.ts';
import type { Series } from './statistics.ts';

/** Compares two result files, figure by figure: what Sluice needed, and how it stood to the others of its own run. */

const USAGE = `npm run bench:compare -- BEFORE.json AFTER.json [--fail-above FACTOR]
  --fail-above 1.1    exit code 1 when a figure got worse by more than that, and by more than its spread,
                      or when a row could not be measured
`;
const NAME_WIDTH = 54;
const WIDTH = 13;

function read(path: string): BenchResults {
  return JSON.parse(readFileSync(path, 'utf8')) as BenchResults;
}

function number(series: Series | undefined): string {
  return (series === undefined ? '' : formatNumber(series.value)).padStart(WIDTH);
}

function column(quotient: Quotient | undefined): string {
  if (quotient === undefined) return ''.padStart(WIDTH);
  const { ratio, off } = quotient;
  return `${ratio.toFixed(2)}${off === undefined ? '' : ` ±${off.toFixed(2)}`}`.padStart(WIDTH);
}

/** Prints the comparison. Gives the names of the figures that got worse by more than the factor. */
function compare(before: BenchResults, after: BenchResults, failAbove: number): string[] {
  const facts = ({ machine }: BenchResults): string =>
    `${machine.commit}, ${machine.date}, Node ${machine.node}, ${machine.cpu}`;
  console.log(`before: ${facts(before)}\nafter:  ${facts(after)}`);
  if (before.machine.cpu !== after.machine.cpu || before.machine.node !== after.machine.node) {
    console.log('Two machines or two versions of Node: only the relation to the others can be compared.');
  }
  const heads = ['before', 'after', 'after/before', 'of relation'].map((text) => text.padStart(WIDTH));
  console.log(`\n${''.padEnd(NAME_WIDTH)}${heads.join('')}`);
  const worse: string[] = [];
  for (const figure of after.figures) {
    const earlier = findFigure(before, figure.row, figure.label);
    if (earlier === undefined) continue;
    const { own, relative, verdict, worsening } = compareFigures(earlier, figure);
    if (own === undefined && relative === undefined) continue;
    const name = `${figure.row}: ${figure.label}${figure.unit === '' ? '' : `, ${figure.unit}`}`;
    const numbers = `${number(earlier.values.sluice)}${number(figure.values.sluice)}`;
    console.log(`${name.padEnd(NAME_WIDTH)}${numbers}${column(own)}${column(relative)}  ${verdict}`);
    if (verdict === 'worse' && worsening > failAbove) worse.push(name);
  }
  for (const { row } of after.faults) {
    console.log(`${row}: could not be measured`);
    if (Number.isFinite(failAbove)) worse.push(row);
  }
  return worse;
}

const { values, positionals } = parseArgs({
  options: { 'fail-above': { type: 'string', default: 'Infinity' } },
  allowPositionals: true,
});
const [before, after] = positionals;
const failAbove = Number(values['fail-above']);
if (before === undefined || after === undefined || !(failAbove >= 1)) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  const worse = compare(read(before), read(after), failAbove);
  for (const name of worse) process.stderr.write(`failed: ${name}\n`);
  if (worse.length > 0) process.exitCode = 1;
}

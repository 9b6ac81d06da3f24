import { readFileSync } from 'node:fs';
import { judged } from './figures.ts';
import type { BenchResults, Figure } from './figures.ts';
import { formatNumber } from './report.ts';
import { spread } from './statistics.ts';
import type { Series } from './statistics.ts';

/** Compares two result files, figure by figure: what Sluice needed, and how it stood to the floor of its own run. */

const USAGE = 'npm run bench:compare -- BEFORE.json AFTER.json\n';
const NAME_WIDTH = 50;
const WIDTH = 13;

function read(path: string): BenchResults {
  return JSON.parse(readFileSync(path, 'utf8')) as BenchResults;
}

/** After divided by before, and how far it may be off: the relative spreads of both, added as independent ones. */
function ratioOf(before: Series, after: Series): { ratio: number; off: number } {
  const ratio = after.value / before.value;
  const off = ratio * Math.hypot(spread(before) / before.value, spread(after) / after.value);
  return { ratio, off: Math.abs(off) };
}

function column(before: Series | undefined, after: Series | undefined): string {
  if (before === undefined || after === undefined || !(before.value > 0)) return ''.padStart(WIDTH);
  const { ratio, off } = ratioOf(before, after);
  return `${ratio.toFixed(2)} ±${off.toFixed(2)}`.padStart(WIDTH);
}

function verdict(before: Figure, after: Figure): string {
  // An added latency is a difference of two close numbers: a ratio of it says nothing.
  const isRatio = before.relation?.kind === 'ratio' && after.relation?.kind === 'ratio';
  const [first, second] = isRatio
    ? [before.relation, after.relation]
    : [before.values.sluice, after.values.sluice];
  if (first === undefined || second === undefined || !(first.value > 0)) return '';
  const { ratio, off } = ratioOf(first, second);
  if (Math.abs(ratio - 1) <= off) return '  same';
  return ratio > 1 ? '  more' : '  less';
}

function compare(before: BenchResults, after: BenchResults): void {
  const facts = ({ machine }: BenchResults): string =>
    `${machine.commit}, ${machine.date}, Node ${machine.node}, ${machine.cpu}`;
  console.log(`before: ${facts(before)}\nafter:  ${facts(after)}`);
  if (before.machine.cpu !== after.machine.cpu || before.machine.node !== after.machine.node) {
    console.log('Two machines or two versions of Node: only the relation to the floor can be compared.');
  }
  const heads = ['before', 'after', 'after/before', 'of relation'].map((text) => text.padStart(WIDTH));
  console.log(`\n${''.padEnd(NAME_WIDTH)}${heads.join('')}`);
  for (const figure of after.figures) {
    const earlier = before.figures.find(({ row, label }) => row === figure.row && label === figure.label);
    const [old, now] = [earlier?.values.sluice, figure.values.sluice];
    if (earlier === undefined || old === undefined || now === undefined || judged(figure) === undefined)
      continue;
    const name = `${figure.row}: ${figure.label}${figure.unit === '' ? '' : `, ${figure.unit}`}`;
    const numbers = [old.value, now.value].map((value) => formatNumber(value).padStart(WIDTH)).join('');
    const relations =
      figure.relation?.kind === 'ratio' ? column(earlier.relation, figure.relation) : ''.padStart(WIDTH);
    console.log(
      `${name.padEnd(NAME_WIDTH)}${numbers}${column(old, now)}${relations}${verdict(earlier, figure)}`,
    );
  }
}

const [before, after] = process.argv.slice(2);
if (before === undefined || after === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  compare(read(before), read(after));
}

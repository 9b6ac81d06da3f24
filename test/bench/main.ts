import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BenchResults, Figure } from './figures.ts';
import { Lab } from './lab.ts';
import { findCores, readMachineFacts } from './machine.ts';
import { readOptions, USAGE } from './options.ts';
import type { BenchOptions } from './options.ts';
import { faultLine, machineLines, rowLine, SUBJECTS, tableHead, tableLine } from './report.ts';
import { ROWS } from './rows/rows.ts';
import type { Row } from './rows/row.ts';
import { soakRow } from './rows/soak-row.ts';
import { warmUpAll } from './warm-up.ts';

function chooseRows({ only, quick, soakMinutes }: BenchOptions): readonly Row[] {
  if (soakMinutes > 0) return [soakRow];
  const unknown = only.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) throw new Error(`--only: no row is named ${unknown}; --list shows the names`);
  if (only.length > 0) return ROWS.filter(({ name }) => only.includes(name));
  return ROWS.filter((row) => row.quick || !quick);
}

async function measure(lab: Lab, rows: readonly Row[]): Promise<Pick<BenchResults, 'figures' | 'faults'>> {
  const subjects = lab.pick(...SUBJECTS).map(({ name }) => name);
  const figures: Figure[] = [];
  const faults: { row: string; fault: string }[] = [];
  // A profile shows the row and nothing else.
  if (lab.options.profile === undefined) await warmUpAll(lab);
  console.log(tableHead(subjects));
  for (const row of rows) {
    console.log(`\n${rowLine(row.name, row.title)}`);
    try {
      const measured = await row.measure(lab);
      figures.push(...measured);
      for (const figure of measured) console.log(tableLine(figure, subjects));
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      faults.push({ row: row.name, fault });
      console.log(faultLine(fault));
    }
  }
  return { figures, faults };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
    return;
  }
  if (options.list) {
    for (const { name, title } of ROWS) console.log(`${name.padEnd(20)}${title}`);
    return;
  }
  const rows = chooseRows(options);
  if (!existsSync('/proc/self/stat')) throw new Error('The benchmark reads /proc, so it needs Linux');
  if (!existsSync(options.main)) throw new Error(`${options.main} is missing: npm run build`);
  const cores = findCores();
  const machine = readMachineFacts(cores !== undefined);
  console.log(`${machineLines(machine)}\n`);
  const begun = Date.now();
  const lab = await Lab.open(options, cores);
  let measured: Pick<BenchResults, 'figures' | 'faults'>;
  try {
    measured = await measure(lab, rows);
  } finally {
    await lab.close();
  }
  const { rounds, seconds, samples } = options;
  const results: BenchResults = {
    version: 1,
    machine,
    settings: { rounds, seconds, samples },
    titles: Object.fromEntries(rows.map(({ name, title }) => [name, title])),
    ...measured,
  };
  mkdirSync(dirname(options.output), { recursive: true });
  writeFileSync(options.output, `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\n${options.output}, ${String(Math.round((Date.now() - begun) / 1e3))} s`);
  if (measured.faults.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

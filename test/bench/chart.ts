import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cpuChart, latencyChart } from './charts.ts';
import type { BenchResults } from './figures.ts';
import { historyLine } from './history.ts';
import { withResults } from './page.ts';

/**
 * Puts the results that are kept into the pictures and the table of docs/performance.md, and prints the line for its
 * history: `npm run bench:chart`; with the path of a results file, that one is kept from now on.
 */

const PAGE = resolve('docs/performance.md');
const FOLDER = resolve('docs/performance');
const KEPT = join(FOLDER, 'results.json');

const [path] = process.argv.slice(2);
if (path !== undefined) copyFileSync(path, KEPT);
const results = JSON.parse(readFileSync(KEPT, 'utf8')) as BenchResults;
writeFileSync(join(FOLDER, 'cpu.svg'), cpuChart(results));
writeFileSync(join(FOLDER, 'latency.svg'), latencyChart(results));
writeFileSync(PAGE, withResults(readFileSync(PAGE, 'utf8'), results));
console.log(`Written to docs/performance. The line for the history:\n\n${historyLine(results)}`);

import { beforeEach, expect, test } from 'vitest';
import { readExposition, total } from '../../test/support/exposition.js';
import { joinLines } from '../../test/support/join-lines.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { Line } from '../common/line.js';
import { METRICS_OF_WORKER } from '../telemetry/metrics/exposition.js';
import type { MetricPart } from '../telemetry/metrics/merge-parts.js';
import { WorkerMetrics } from './worker-metrics.js';

let clock: ManualClock;
let metrics: WorkerMetrics;
let lines: Map<number, Line>;
/** By worker; absent: it does not answer. */
let figures: Map<number, number>;

function startWorker(worker: number): void {
  const [ofPrimary, line] = joinLines();
  const part = (name: string, type: string): MetricPart => {
    const text = `# TYPE ${name} ${type}\n${name} ${String(figures.get(worker))}\n`;
    return { name, type, across: 'sum', text };
  };
  line.on(METRICS_OF_WORKER, () =>
    figures.has(worker)
      ? [part('served_total', 'counter'), part('running', 'gauge')]
      : new Promise<readonly MetricPart[]>(() => undefined),
  );
  lines.set(worker, ofPrimary);
}

const scrape = async (): Promise<[served: number, running: number]> => {
  const samples = readExposition(await metrics.write(lines));
  return [total(samples, 'served_total'), total(samples, 'running')];
};

beforeEach(() => {
  clock = new ManualClock();
  metrics = new WorkerMetrics(clock);
  lines = new Map();
  figures = new Map([
    [1, 5],
    [2, 7],
  ]);
  for (const worker of figures.keys()) startWorker(worker);
});

test('a scrape shows the sums of all workers, and the primary among the processes', async () => {
  await expect(scrape()).resolves.toEqual([12, 12]);
  const samples = readExposition(await metrics.write(lines));
  expect(total(samples, 'process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('what a worker counted that is gone stays counted, so that no counter falls; what it ran does not', async () => {
  await scrape();
  lines.delete(2);
  metrics.leave(2);
  await expect(scrape()).resolves.toEqual([12, 5]);
  figures.set(3, 1);
  startWorker(3);
  await expect(scrape()).resolves.toEqual([13, 6]);
  lines.delete(3);
  metrics.leave(3);
  await expect(scrape()).resolves.toEqual([13, 5]);
});

test('a worker that does not answer in time is shown as it was last seen', async () => {
  await scrape();
  figures.delete(2);
  figures.set(1, 6);
  const scraped = scrape();
  clock.advance(2_000);
  await expect(scraped).resolves.toEqual([13, 13]);
});

import { Worker } from 'node:worker_threads';
import { nowMs } from './clock.ts';
import { Connection, PreparedRequest } from './connection.ts';
import type { LoadJob, LoadResult } from './load-job.ts';
import { LoadTally } from './load-tally.ts';
import type { TickerPlan } from './ticker.ts';

/** The load generator: a process that does one job at a time and tells its parent the result. */

type ClosedJob = Extract<LoadJob, { loop: 'closed' }>;
type OpenJob = Extract<LoadJob, { loop: 'open' }>;

const CONNECT_BATCH = 100;
const GIVE_UP_AFTER = 20;
const MOST_UNDER_WAY = 2000;

async function openConnections(port: number, count: number): Promise<Connection[]> {
  const connections: Connection[] = [];
  while (connections.length < count) {
    const batch = Math.min(CONNECT_BATCH, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: batch }, () => Connection.open(port)))));
  }
  return connections;
}

async function runClosed(job: ClosedJob, requests: readonly PreparedRequest[]): Promise<LoadResult> {
  const connections = await openConnections(job.port, job.concurrency);
  const tally = new LoadTally(job.keepSamples);
  const until = nowMs() + job.seconds * 1e3;
  let sent = 0;
  const work = async (first: Connection): Promise<void> => {
    let connection = first;
    while ((sent < job.count || nowMs() < until) && tally.failures < GIVE_UP_AFTER) {
      const request = requests[sent % requests.length];
      if (request === undefined) return;
      sent += 1;
      if (connection.isDead) connection = await Connection.open(job.port);
      await tally.exchange(connection, request, nowMs());
    }
    connection.close();
  };
  await Promise.all(connections.map(work));
  return tally.result();
}

async function runOpen(job: OpenJob, requests: readonly PreparedRequest[]): Promise<LoadResult> {
  const free = await openConnections(job.port, 8);
  const tally = new LoadTally(job.keepSamples);
  const plan: TickerPlan = { intervalMs: 1e3 / job.perSecond, count: job.count };
  let begun = 0;
  let underWay = 0;
  const begin = async (dueAt: number): Promise<void> => {
    const request = requests[begun % requests.length];
    begun += 1;
    if (request === undefined) return;
    if (underWay >= MOST_UNDER_WAY) {
      tally.fail('more requests under way than the rate allows: overloaded');
      return;
    }
    underWay += 1;
    try {
      let connection = free.pop();
      if (connection === undefined || connection.isDead) connection = await Connection.open(job.port);
      await tally.exchange(connection, request, dueAt);
      free.push(connection);
    } catch (error) {
      tally.fail(String(error));
    } finally {
      underWay -= 1;
    }
  };
  const running: Promise<void>[] = [];
  const ticker = new Worker(new URL('./ticker.ts', import.meta.url), { workerData: plan });
  await new Promise<void>((resolve, reject) => {
    ticker.on('message', (dueAt: number) => running.push(begin(dueAt)));
    ticker.on('error', reject);
    ticker.on('exit', () => {
      resolve();
    });
  });
  await Promise.all(running);
  for (const connection of free) connection.close();
  return tally.result();
}

async function run(job: LoadJob): Promise<LoadResult> {
  const requests = job.requests.map((spec) => new PreparedRequest(spec));
  return job.loop === 'closed' ? runClosed(job, requests) : runOpen(job, requests);
}

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      const result: LoadResult = {
        good: 0,
        failed: 1,
        fault: String(error),
        seconds: 0,
        peakStreams: 0,
        totals: [],
        firstBytes: [],
      };
      process.send?.(result);
    },
  );
});
process.on('disconnect', () => {
  process.exit(0);
});

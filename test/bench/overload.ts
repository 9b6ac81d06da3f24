import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { getPriority, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Child, findFreePort } from './child.ts';
import { nowMs } from './clock.ts';
import type { FloodJob, FloodResult } from './flood-job.ts';
import { gatewayConfig, MODEL, SECRET } from './gateway-config.ts';
import { findCores, readCoreTicks, type Cores, type CoreTicks } from './machine.ts';
import { readRssBytes } from './process-facts.ts';
import { percentile } from './statistics.ts';

/**
 * What the gateway does beyond its limits: finds the load that saturates it, then sends twice as much and asks its
 * probes meanwhile, each on a connection of its own, as Kubernetes does.
 */

const PROBE_GAP_MS = 25;
/** New callers connect, and what refuses them is compiled: told apart from what follows. */
const ONSET_SECONDS = 3;
const LOADS = {
  chat: { behaviour: 'json', stream: false, body: { kind: 'text', bytes: 1024 } },
  conversation: { behaviour: 'json', stream: false, body: { kind: 'conversation', messages: 400 } },
  document: { behaviour: 'json', stream: false, body: { kind: 'text', bytes: 200 * 1024 } },
  image: { behaviour: 'json', stream: false, body: { kind: 'image', bytes: 1024 * 1024 } },
  stream: { behaviour: 'stream-100', stream: true, body: { kind: 'text', bytes: 1024 } },
  'stream-gaps': { behaviour: 'stream-100-gap-3', stream: true, body: { kind: 'text', bytes: 1024 } },
} as const;

/** Milliseconds until a probe was answered with 200. @throws Error when it was not */
function probe(port: number, path: string): Promise<number> {
  const at = nowMs();
  return new Promise((settle, reject) => {
    const asking = request({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === 200) settle(nowMs() - at);
        else reject(new Error(`${path} answered ${String(response.statusCode)}`));
      });
    });
    asking.once('error', reject);
    asking.end();
  });
}

class Watch {
  readonly onset: number[] = [];
  readonly probes: number[] = [];
  readonly faults: string[] = [];
  peakRss = 0;
  private readonly port: number;
  private readonly pid: number;
  private isOver = false;

  constructor(port: number, pid: number) {
    this.port = port;
    this.pid = pid;
  }

  async run(): Promise<void> {
    const asking: Promise<void>[] = [];
    const onsetUntil = nowMs() + ONSET_SECONDS * 1e3;
    for (let turn = 0; !this.isOver; turn += 1) {
      const path = turn % 2 === 0 ? '/health/live' : '/health/ready';
      const samples = nowMs() < onsetUntil ? this.onset : this.probes;
      asking.push(
        probe(this.port, path).then(
          (ms) => {
            samples.push(ms);
          },
          (error: unknown) => {
            this.faults.push(String(error));
          },
        ),
      );
      this.peakRss = Math.max(this.peakRss, readRssBytes(this.pid));
      await sleep(PROBE_GAP_MS);
    }
    await Promise.all(asking);
  }

  stop(): void {
    this.isOver = true;
  }
}

const mb = (bytes: number): string => `${String(Math.round(bytes / 2 ** 20))} MB`;

function times(samples: readonly number[]): string {
  if (samples.length === 0) return 'none';
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile(samples, share).toFixed(1));
  return `p50 ${p50 ?? ''} ms, p99 ${p99 ?? ''} ms, most ${most ?? ''} ms`;
}

/**
 * The vendor, the load and the probes share a core. Whoever measures gets it first, or a vendor at work would look like
 * a gateway that does not answer. False: that takes a right which this user does not have.
 */
function measureFirst(floodPid: number): boolean {
  try {
    setPriority(process.pid, -20);
    setPriority(floodPid, -10);
    return true;
  } catch {
    return false;
  }
}

class StolenTime {
  private readonly cores: Cores;
  private readonly before: readonly CoreTicks[];

  constructor(cores: Cores) {
    this.cores = cores;
    this.before = this.read();
  }

  /** Shares of both cores since this was made. */
  toString(): string {
    const [own = '', others = ''] = this.read().map(({ all, stolen }, index) => {
      const before = this.before[index] ?? { all: 0, stolen: 0 };
      return `${((100 * (stolen - before.stolen)) / (all - before.all)).toFixed(0)}%`;
    });
    return `${own} of the gateway's core, ${others} of the other`;
  }

  private read(): CoreTicks[] {
    return [this.cores.gateway, this.cores.others].map(readCoreTicks);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      main: { type: 'string', default: 'dist/main.js' },
      load: { type: 'string', default: Object.keys(LOADS).join(',') },
      seconds: { type: 'string', default: '60' },
      times: { type: 'string', default: '2' },
    },
  });
  if (!existsSync(values.main)) throw new Error(`${values.main} is missing: npm run build`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-overload-'));
  const cores = findCores();
  const usualPriority = getPriority();
  const script = (name: string): string => join(import.meta.dirname, `${name}.ts`);
  const upstream = new Child({ name: 'upstream', core: cores?.others, parameters: [script('upstream')] });
  const flood = new Child({ name: 'flood', core: cores?.others, parameters: [script('flood')] });
  try {
    const upstreamPort = await upstream.ready();
    for (const name of values.load.split(',')) {
      const load = LOADS[name as keyof typeof LOADS];
      const port = await findFreePort();
      const config = join(folder, 'gateway.yaml');
      writeFileSync(config, gatewayConfig(upstreamPort, await findFreePort()));
      // It would inherit the priority of this process, and have it in some of its threads only.
      setPriority(usualPriority);
      const gateway = new Child({
        name: 'sluice',
        core: cores?.gateway,
        parameters: [resolve(values.main)],
        folder,
        environment: {
          PORT: String(port),
          GATEWAY_CONFIG: config,
          DATABASE_URL: `sqlite:${join(folder, `${String(port)}.db`)}`,
        },
      });
      await gateway.listening(port);
      if (!measureFirst(flood.pid)) {
        console.log('No right to set priorities: what is measured waits for the vendor too');
      }
      const job: FloodJob = {
        port,
        path: '/v1/chat/completions',
        secret: SECRET,
        model: `${load.behaviour}/${MODEL}`,
        stream: load.stream,
        body: load.body,
        seconds: 3,
        perSecond: 0,
        concurrency: 64,
        onsetSeconds: 0,
      };
      await flood.ask<FloodResult>(job);
      const calm = await flood.ask<FloodResult>({ ...job, seconds: 5 });
      const saturation = calm.rest.accepted.length / calm.seconds;
      const before = readRssBytes(gateway.pid);
      console.log(`\n${name}: saturated at ${saturation.toFixed(0)} requests/s, RSS ${mb(before)}`);
      if (calm.rest.failed + calm.rest.shed.length > 0) {
        console.log(
          `  meanwhile ${String(calm.rest.shed.length)} shed, ${String(calm.rest.failed)} failed: ${calm.rest.fault ?? ''}`,
        );
      }
      const stolen = cores && new StolenTime(cores);
      const watch = new Watch(port, gateway.pid);
      const watching = watch.run();
      const perSecond = saturation * Number(values.times);
      const result = await flood.ask<FloodResult>({
        ...job,
        seconds: ONSET_SECONDS + Number(values.seconds),
        perSecond,
        onsetSeconds: ONSET_SECONDS,
      });
      watch.stop();
      await watching;
      const { onset, rest, seconds } = result;
      const { accepted, shed } = rest;
      console.log(
        `  ${values.times} x as much (${perSecond.toFixed(0)}/s), the first ${String(ONSET_SECONDS)} s:`,
      );
      console.log(`  shed      ${String(onset.shed.length)}: ${times(onset.shed)}`);
      console.log(`  probes    ${String(watch.onset.length)}: ${times(watch.onset)}`);
      console.log(`  the ${values.seconds} s after them:`);
      console.log(
        `  accepted  ${String(accepted.length)} (${(accepted.length / seconds).toFixed(0)}/s): ${times(accepted)}`,
      );
      console.log(`  shed      ${String(shed.length)}: ${times(shed)}`);
      console.log(`  probes    ${String(watch.probes.length)}: ${times(watch.probes)}`);
      console.log('  all of it:');
      const allShed = [...onset.shed, ...shed];
      const allProbes = [...watch.onset, ...watch.probes];
      console.log(`  shed      ${String(allShed.length)}: ${times(allShed)}`);
      console.log(`  probes    ${String(allProbes.length)}: ${times(allProbes)}`);
      console.log(`  sent late ${times([...onset.late, ...rest.late])}`);
      const failed = onset.failed + rest.failed;
      const fault = onset.fault ?? rest.fault;
      console.log(`  failed    ${String(failed)}${fault === undefined ? '' : `, the first: ${fault}`}`);
      if (watch.faults.length > 0)
        console.log(`  probes failed ${String(watch.faults.length)}: ${watch.faults[0] ?? ''}`);
      console.log(`  RSS       ${mb(watch.peakRss)} at most`);
      if (stolen !== undefined) console.log(`  stolen    ${String(stolen)}`);
      await gateway.stop();
    }
  } finally {
    await Promise.all([upstream, flood].map((child) => child.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();

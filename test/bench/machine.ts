import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What a figure can only be compared with in mind. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  /** `unknown` outside a repository; `+` at its end: with changes. */
  readonly commit: string;
  /** Of the last minute, before the run. Above 0.5 something else takes part. */
  readonly load: number;
  readonly pinned: boolean;
}

/** Whether something else took part, so that figures are too high and of little use. */
export function isBusy({ load }: MachineFacts): boolean {
  return load > 0.5;
}

/** The cores of the gateway and of everything else. */
export interface Cores {
  readonly gateway: string;
  readonly others: string;
}

/** Two cores that this process may use; `undefined` where processes cannot be pinned. */
export function findCores(): Cores | undefined {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '';
    const [gateway, others] = list.split(',').flatMap(expandRange);
    if (gateway === undefined || others === undefined) return undefined;
    const { status: exit } = spawnSync('taskset', ['-c', gateway, 'true']);
    return exit === 0 ? { gateway, others } : undefined;
  } catch {
    return undefined;
  }
}

/** Since the machine started. What the host gave to other guests counts as stolen; it makes every figure worse. */
export interface CoreTicks {
  readonly all: number;
  readonly stolen: number;
}

/** @throws Error where there is no `/proc/stat`, or no such core in it */
export function readCoreTicks(core: string): CoreTicks {
  const [, line] = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  if (line === undefined) throw new Error(`/proc/stat has no core ${core}`);
  // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user and nice already
  const ticks = line.split(' ').slice(0, 8).map(Number);
  return { all: ticks.reduce((sum, each) => sum + each, 0), stolen: ticks[7] ?? 0 };
}

function expandRange(range: string): string[] {
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
}

export function readMachineFacts(pinned: boolean): MachineFacts {
  const git = (...parameters: string[]): string =>
    spawnSync('git', parameters, { encoding: 'utf8' }).stdout || '';
  const commit = git('rev-parse', '--short', 'HEAD').trim();
  const isChanged = git('status', '--porcelain').trim() !== '';
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    date: new Date().toISOString(),
    commit: commit === '' ? 'unknown' : `${commit}${isChanged ? '+' : ''}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    pinned,
  };
}

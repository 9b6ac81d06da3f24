import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Prints where the time of a CPU profile went, by part of the program and by function. */

const USAGE = 'node test/bench/profile.ts FOLDER [LINES]\n';
/** The start of the process: loading modules, not serving. */
const SKIPPED_US = 5_000_000;

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Times = Map<string, number>;

function partOf({ url, functionName }: ProfileNode['callFrame']): string {
  if (url.startsWith('node:')) return 'node internals';
  if (url === '') return functionName.startsWith('(') ? functionName : 'node native (system calls, parsers)';
  if (url.startsWith('wasm:')) return 'undici';
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const room = /\/dist\/(.+)\/[^/]+$/.exec(url)?.[1];
  return room === undefined ? 'src' : `src/${room}`;
}

function placeOf({ url, functionName, lineNumber }: ProfileNode['callFrame']): string {
  const file = url.includes('/node_modules/')
    ? url.replace(/^.*\/node_modules\//, '')
    : url.replace(/^.*\/dist\//, 'dist/');
  return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${String(lineNumber + 1)}`}`;
}

function add(times: Times, name: string, us: number): void {
  times.set(name, (times.get(name) ?? 0) + us);
}

function print(title: string, times: Times, busyUs: number, lines: number): void {
  console.log(`\n${title}`);
  const sorted = [...times].sort(([, left], [, right]) => right - left).slice(0, lines);
  for (const [name, us] of sorted) console.log(`${((us / busyUs) * 100).toFixed(1).padStart(6)} %  ${name}`);
}

/** Each function on the stack of a node once, the node's own first. */
function stackPlaces(id: number, places: ReadonlyMap<number, string>, parents: ReadonlyMap<number, number>) {
  const found = new Set<string>();
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at))
    found.add(places.get(at) ?? '');
  return found;
}

function summarise(profile: CpuProfile, lines: number): void {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const parents = new Map(
    profile.nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id])),
  );
  const selfOf = new Map<number, number>();
  let passedUs = 0;
  profile.samples.forEach((id, index) => {
    const us = profile.timeDeltas[index] ?? 0;
    passedUs += us;
    if (passedUs > SKIPPED_US) selfOf.set(id, (selfOf.get(id) ?? 0) + us);
  });
  const parts: Times = new Map();
  const self: Times = new Map();
  const total: Times = new Map();
  let busyUs = 0;
  for (const [id, us] of selfOf) {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    busyUs += us;
    add(parts, partOf(frame), us);
    add(self, placeOf(frame), us);
    for (const place of stackPlaces(id, places, parents)) add(total, place, us);
  }
  console.log(`${(busyUs / 1e6).toFixed(1)} s of work after the start`);
  print('by part, self time', parts, busyUs, lines);
  print('by function, self time', self, busyUs, lines);
  print('by function, with what it calls', total, busyUs, lines * 2);
}

const [folder, lines = '30'] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    console.log(name);
    summarise(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile, Number(lines));
  }
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Prints where the time of a CPU profile went, by part of the program and by function: `profile.ts FOLDER [COUNT]`. */

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function partOf({ url, functionName }: ProfileNode['callFrame']): string {
  if (url.startsWith('node:'))
    return `node ${
      url
        .slice('node:'.length)
        .replace(/^internal\//, '')
        .split('/')[0] ?? ''
    }`;
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const room = /\/dist\/(.+?)\/[^/]+$/.exec(url)?.[1];
  return `src/${room ?? ''}`;
}

function placeOf({ url, functionName, lineNumber }: ProfileNode['callFrame']): string {
  const file = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '').replace(/^node_modules\//, '');
  return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}:${String(lineNumber + 1)}`}`;
}

function print(title: string, times: ReadonlyMap<string, number>, busyUs: number, count: number): void {
  console.log(`\n${title}`);
  const sorted = [...times].sort(([, left], [, right]) => right - left).slice(0, count);
  for (const [name, us] of sorted) console.log(`${((us / busyUs) * 100).toFixed(1).padStart(6)} %  ${name}`);
}

function summarise(profile: CpuProfile, count: number): void {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parts = new Map<string, number>();
  const places = new Map<string, number>();
  let busyUs = 0;
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id);
    const us = profile.timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') return;
    busyUs += us;
    const [part, place] = [partOf(frame), placeOf(frame)];
    parts.set(part, (parts.get(part) ?? 0) + us);
    places.set(place, (places.get(place) ?? 0) + us);
  });
  console.log(`${(busyUs / 1e6).toFixed(1)} s of work`);
  print('by part, self time', parts, busyUs, count);
  print('by function, self time', places, busyUs, count);
}

const [folder, count = '40'] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('node test/bench/profile.ts FOLDER [COUNT]\n');
  process.exitCode = 1;
} else {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'))) {
    console.log(name);
    summarise(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile, Number(count));
  }
}

import type { SubjectName } from './figures.ts';
import { MeasureFault } from './lab.ts';
import type { Case, Lab, Subject } from './lab.ts';
import type { LoadResult } from './load-job.ts';
import { readCpuUs } from './process-facts.ts';
import { toSeries } from './statistics.ts';
import type { Series } from './statistics.ts';

/** What one subject needed for one case in one round. */
export interface CpuRound {
  readonly cpuUs: number;
  readonly perSecond: number;
  /** Share of its core that the subject used. */
  readonly busy: number;
}

export interface Closed {
  readonly concurrency: number;
  readonly seconds: number;
  /** At least this many requests. */
  readonly count?: number;
}

/** A closed loop. @throws MeasureFault when an answer was wrong */
export function runClosed(
  lab: Lab,
  subject: Subject,
  cases: readonly Case[],
  { concurrency, seconds, count = concurrency }: Closed,
  keepSamples = false,
): Promise<LoadResult> {
  return lab.run(subject, cases, { loop: 'closed', concurrency, seconds, count, keepSamples });
}

export async function measureCpu(lab: Lab, subject: Subject, one: Case, closed: Closed): Promise<CpuRound> {
  const before = readCpuUs(subject.child.pid);
  const { good, seconds } = await runClosed(lab, subject, [one], closed);
  const used = readCpuUs(subject.child.pid) - before;
  if (used === 0) throw new MeasureFault(`${subject.name}: less than a clock tick of CPU; raise --seconds`);
  return { cpuUs: used / good, perSecond: good / seconds, busy: used / (seconds * 1e6) };
}

/**
 * Measures the subjects in turns: a warm-up of each, then the rounds, each in another order, so that what the machine
 * does meanwhile meets all of them.
 */
export async function inTurns<Result>(
  subjects: readonly Subject[],
  rounds: number,
  prepare: (subject: Subject) => Promise<unknown>,
  measure: (subject: Subject) => Promise<Result>,
): Promise<Map<SubjectName, Result[]>> {
  const results = new Map<SubjectName, Result[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) await withoutPeer(results, subject, () => prepare(subject));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const subject of order) {
      await withoutPeer(results, subject, async () => {
        results.get(subject.name)?.push(await measure(subject));
      });
    }
  }
  return results;
}

/** A row that Portkey cannot do is measured without it. */
async function withoutPeer<Result>(
  results: Map<SubjectName, Result[]>,
  { name }: Subject,
  work: () => Promise<unknown>,
): Promise<void> {
  if (!results.has(name)) return;
  try {
    await work();
  } catch (error) {
    if (name !== 'portkey' || !(error instanceof MeasureFault)) throw error;
    console.log(`  left out: ${error.message}`);
    results.delete(name);
  }
}

/** Picks one number of each round, for each subject. */
export function seriesOf<Result>(
  results: ReadonlyMap<SubjectName, readonly Result[]>,
  pick: (result: Result) => number,
): Partial<Record<SubjectName, Series>> {
  return Object.fromEntries([...results].map(([name, rounds]) => [name, toSeries(rounds.map(pick))]));
}

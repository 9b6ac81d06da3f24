import type { Case, Lab } from '../lab.ts';
import type { Figure, Relation, SubjectName } from '../figures.ts';
import { inTurns, measureCpu, runClosed, seriesOf } from '../measure.ts';
import type { CpuRound } from '../measure.ts';
import { combine, median } from '../statistics.ts';
import type { Series } from '../statistics.ts';
import type { Row } from './row.ts';

interface CpuRowSettings {
  readonly name: string;
  readonly title: string;
  readonly quick: boolean;
  readonly one: Case;
  readonly concurrency: number;
  /** Of Sluice's CPU time to the floor's. */
  readonly target?: number;
}

/** Below this share of its core, a subject was waiting for the load generator. */
const FULL = 0.9;

/** CPU time per request and requests per second under a closed loop, beside the floor. */
export function cpuRow({ name, title, quick, one, concurrency, target }: CpuRowSettings): Row {
  return {
    name,
    title,
    quick,
    async measure(lab: Lab): Promise<Figure[]> {
      const { rounds, seconds } = lab.options;
      const results = await inTurns(
        lab.pick('floor', 'sluice', 'portkey'),
        rounds,
        (subject) => runClosed(lab, subject, [one], { concurrency, seconds: seconds / 2 }),
        (subject) => measureCpu(lab, subject, one, { concurrency, seconds }),
      );
      const cpu = seriesOf(results, ({ cpuUs }) => cpuUs);
      const rate = seriesOf(results, ({ perSecond }) => perSecond);
      return [
        { row: name, label: 'CPU per request', unit: 'µs', values: cpu, relation: ratioToFloor(cpu), target },
        { row: name, label: 'requests', unit: '/s', values: rate, atLeast: idleSubjects(results) },
      ];
    },
  };
}

export function ratioToFloor({ floor, sluice }: Partial<Record<SubjectName, Series>>): Relation | undefined {
  if (floor === undefined || sluice === undefined) return undefined;
  return { kind: 'ratio', to: 'floor', ...combine(sluice, floor, (ours, least) => ours / least) };
}

function idleSubjects(results: ReadonlyMap<SubjectName, readonly CpuRound[]>): SubjectName[] {
  return [...results]
    .filter(([, rounds]) => median(rounds.map(({ busy }) => busy)) < FULL)
    .map(([name]) => name);
}

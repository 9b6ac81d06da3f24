import type { Case, Lab } from '../lab.ts';
import { ratioTo } from '../figures.ts';
import type { Figure, SubjectName } from '../figures.ts';
import { inTurns, measureCpu, seriesOf } from '../measure.ts';
import type { CpuRound } from '../measure.ts';
import { median } from '../statistics.ts';
import { warmUp } from '../warm-up.ts';
import type { Row } from './row.ts';

interface CpuRowSettings {
  readonly name: string;
  readonly title: string;
  readonly quick: boolean;
  readonly one: Case;
  readonly concurrency: number;
  /** Of Sluice's CPU time to the floor's. */
  readonly target?: number;
  /** Of Sluice's CPU time to Portkey's. */
  readonly portkeyTarget?: number;
}

/** The main figure of these rows. */
export const CPU_LABEL = 'CPU per request';
/** Below this share of its core, a subject was waiting for the load generator. */
const FULL = 0.9;

/** CPU time per request and requests per second under a closed loop, beside the floor. */
export function cpuRow(settings: CpuRowSettings): Row {
  const { name, title, quick, one, concurrency } = settings;
  return {
    name,
    title,
    quick,
    async measure(lab: Lab): Promise<Figure[]> {
      const { rounds, seconds } = lab.options;
      const results = await inTurns(
        one.cached === true ? lab.pick('floor', 'sluice') : lab.pick('floor', 'sluice', 'portkey'),
        rounds,
        (subject) => warmUp(lab, subject, one, concurrency),
        (subject) => measureCpu(lab, subject, one, { concurrency, seconds }),
      );
      return toFigures(settings, results);
    },
  };
}

function toFigures(
  { name, target, portkeyTarget }: CpuRowSettings,
  results: ReadonlyMap<SubjectName, readonly CpuRound[]>,
): Figure[] {
  const cpu = seriesOf(results, ({ cpuUs }) => cpuUs);
  const rate = seriesOf(results, ({ perSecond }) => perSecond);
  const toPortkey = ratioTo('portkey', cpu);
  return [
    { row: name, label: CPU_LABEL, unit: 'µs', values: cpu, relation: ratioTo('floor', cpu), target },
    ...(toPortkey === undefined
      ? []
      : [
          {
            row: name,
            label: 'the same, Sluice / Portkey',
            unit: '',
            values: {},
            relation: toPortkey,
            target: portkeyTarget,
          },
        ]),
    {
      row: name,
      label: 'requests',
      unit: '/s',
      values: rate,
      atLeast: idleSubjects(results),
      better: 'more',
    },
  ];
}

function idleSubjects(results: ReadonlyMap<SubjectName, readonly CpuRound[]>): SubjectName[] {
  return [...results]
    .filter(([, rounds]) => median(rounds.map(({ busy }) => busy)) < FULL)
    .map(([name]) => name);
}

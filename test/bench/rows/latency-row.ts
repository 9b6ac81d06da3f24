import type { Case, Lab, Subject } from '../lab.ts';
import type { Figure, SubjectName } from '../figures.ts';
import type { LoadResult } from '../load-job.ts';
import { inTurns, runClosed } from '../measure.ts';
import { combine, percentile } from '../statistics.ts';
import type { Series } from '../statistics.ts';
import type { Row } from './row.ts';

interface LatencyRowSettings {
  readonly name: string;
  readonly title: string;
  readonly quick: boolean;
  readonly one: Case;
  readonly moment: 'end' | 'first byte';
  /** Requests per second at constant intervals; `one-by-one`: an idle machine. */
  readonly rate: number | 'one-by-one';
  /** Milliseconds that Sluice may add, by percentile label. */
  readonly targets?: Readonly<Record<string, number>>;
}

const PERCENTILES: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 };
/** A percentile means something from this many samples beyond it on. */
const SAMPLES_BEYOND = 1;
const ONE_BY_ONE_PER_SECOND = 150;

/** Latency at the percentiles, without a gateway, behind the floor and behind Sluice. */
export function latencyRow(settings: LatencyRowSettings): Row {
  const { name, title, quick, moment } = settings;
  return {
    name,
    title,
    quick,
    async measure(lab: Lab): Promise<Figure[]> {
      const { rounds, seconds } = lab.options;
      const results = await inTurns(
        lab.pick('direct', 'floor', 'sluice', 'portkey'),
        rounds,
        (subject) => runClosed(lab, subject, [settings.one], { concurrency: 4, seconds: seconds / 4 }),
        (subject) => sample(lab, subject, settings, seconds * 1.4),
      );
      const samples = new Map(
        [...results].map(([subject, all]) => [
          subject,
          all.map((result) => (moment === 'end' ? result.totals : result.firstBytes)),
        ]),
      );
      return toFigures(settings, samples);
    },
  };
}

function sample(
  lab: Lab,
  subject: Subject,
  { one, rate }: LatencyRowSettings,
  seconds: number,
): Promise<LoadResult> {
  if (rate === 'one-by-one') {
    const count = Math.round(ONE_BY_ONE_PER_SECOND * seconds);
    return runClosed(lab, subject, [one], { concurrency: 1, seconds: 0, count }, true);
  }
  const count = Math.round(rate * seconds);
  return lab.run(subject, [one], { loop: 'open', perSecond: rate, count, keepSamples: true });
}

function toFigures(
  { name, moment, targets }: LatencyRowSettings,
  samples: ReadonlyMap<SubjectName, readonly (readonly number[])[]>,
): Figure[] {
  const smallest = Math.min(...[...samples.values()].map((rounds) => rounds.flat().length));
  const shown = Object.entries(PERCENTILES).filter(([, share]) => smallest * (1 - share) >= SAMPLES_BEYOND);
  return shown.map(([label, share]) => {
    const values: Partial<Record<SubjectName, Series>> = Object.fromEntries(
      [...samples].map(([subject, rounds]) => [subject, pooled(rounds, share)]),
    );
    const { direct, sluice } = values;
    const target = targets?.[label];
    return {
      row: name,
      label: `${moment} ${label}`,
      unit: 'ms',
      values,
      relation:
        direct === undefined || sluice === undefined
          ? undefined
          : {
              kind: 'added',
              to: 'direct',
              ...combine(sluice, direct, (ours, without) => ours - without),
              value: sluice.value - direct.value,
            },
      target,
    };
  });
}

/** The value is that of all samples together: a single round has too few for the far percentiles. */
function pooled(rounds: readonly (readonly number[])[], share: number): Series {
  return { value: percentile(rounds.flat(), share), rounds: rounds.map((round) => percentile(round, share)) };
}

import type { Case, Lab, Subject } from '../lab.ts';
import type { Figure, Relation, SubjectName } from '../figures.ts';
import type { LoadResult } from '../load-job.ts';
import { inTurns, runClosed } from '../measure.ts';
import { combine, percentile } from '../statistics.ts';
import type { Series } from '../statistics.ts';
import { warmUp } from '../warm-up.ts';
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
  /** Milliseconds that the 99th percentile may be above Portkey's. */
  readonly portkeyTarget?: number;
}

const PERCENTILES: Readonly<Record<string, number>> = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 };
/** A percentile means something from this many samples beyond it on. */
const SAMPLES_BEYOND = 10;
const ONE_BY_ONE_PER_SECOND = 150;
/** Samples, at least: enough for the 99th percentile. For the 99.9th, slow gateways would take minutes. */
const ONE_BY_ONE = 1000;

/** Latency at the percentiles, without a gateway, behind the floor and behind Sluice. */
export function latencyRow(settings: LatencyRowSettings): Row {
  const { name, title, quick, moment } = settings;
  return {
    name,
    title,
    quick,
    async measure(lab: Lab): Promise<Figure[]> {
      const results = await inTurns(
        lab.pick('direct', 'floor', 'sluice', 'portkey'),
        lab.options.rounds,
        // The upstream has served all rows before; its few microseconds are less than the clock shows in a slice.
        async (subject) => {
          if (subject.name !== 'direct') await warmUp(lab, subject, settings.one, 4);
        },
        (subject) => sample(lab, subject, settings),
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

function sample(lab: Lab, subject: Subject, { one, rate }: LatencyRowSettings): Promise<LoadResult> {
  const { rounds, seconds, samples } = lab.options;
  const [usual, least] = rate === 'one-by-one' ? [ONE_BY_ONE_PER_SECOND, ONE_BY_ONE] : [rate, samples];
  const count = Math.ceil(Math.max(usual * seconds, least / rounds));
  if (rate === 'one-by-one') {
    return runClosed(lab, subject, [one], { concurrency: 1, seconds: 0, count }, true);
  }
  return lab.run(subject, [one], { loop: 'open', perSecond: rate, count, keepSamples: true });
}

function toFigures(
  { name, moment, targets, portkeyTarget }: LatencyRowSettings,
  samples: ReadonlyMap<SubjectName, readonly (readonly number[])[]>,
): Figure[] {
  const smallest = Math.min(...[...samples.values()].map((rounds) => rounds.flat().length));
  const shown = Object.entries(PERCENTILES).filter(([, share]) => smallest * (1 - share) >= SAMPLES_BEYOND);
  return shown.flatMap(([label, share]) => {
    const values: Partial<Record<SubjectName, Series>> = Object.fromEntries(
      [...samples].map(([subject, rounds]) => [subject, pooled(rounds, share)]),
    );
    const relation = differenceTo('direct', values);
    const figure: Figure = {
      row: name,
      label: `${moment} ${label}`,
      unit: 'ms',
      values,
      relation,
      target: targets?.[label],
    };
    const toPortkey = differenceTo('portkey', values);
    if (label !== 'p99' || toPortkey === undefined) return [figure];
    const against = { label: 'the same, Sluice less Portkey', values: {}, relation: toPortkey };
    return [figure, { ...figure, ...against, target: portkeyTarget }];
  });
}

/** Sluice's percentile less that of another subject. */
function differenceTo(other: SubjectName, values: Figure['values']): Relation | undefined {
  const [ours, theirs] = [values.sluice, values[other]];
  if (ours === undefined || theirs === undefined) return undefined;
  const rounds = combine(ours, theirs, (left, right) => left - right);
  return { kind: 'added', to: other, ...rounds, value: ours.value - theirs.value };
}

/** The value is that of all samples together: a single round has too few for the far percentiles. */
function pooled(rounds: readonly (readonly number[])[], share: number): Series {
  return { value: percentile(rounds.flat(), share), rounds: rounds.map((round) => percentile(round, share)) };
}

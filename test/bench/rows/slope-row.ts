import type { Case, Lab } from '../lab.ts';
import type { Figure, SubjectName } from '../figures.ts';
import { inTurns, measureCpu, runClosed, seriesOf } from '../measure.ts';
import { combine } from '../statistics.ts';
import type { Series } from '../statistics.ts';
import { ratioToFloor } from './cpu-row.ts';
import type { Row } from './row.ts';

interface SlopeRowSettings {
  readonly name: string;
  readonly title: string;
  /** `message` or `chunk`. */
  readonly item: string;
  readonly sizes: readonly number[];
  readonly caseOf: (size: number) => Case;
}

/** CPU time per further message or chunk, between each two sizes: constant when the work is linear. */
export function slopeRow({ name, title, item, sizes, caseOf }: SlopeRowSettings): Row {
  return {
    name,
    title,
    quick: false,
    async measure(lab: Lab): Promise<Figure[]> {
      const seconds = lab.options.seconds * 0.8;
      const concurrency = 16;
      const points: { size: number; cpu: Partial<Record<SubjectName, Series>> }[] = [];
      for (const size of sizes) {
        const one = caseOf(size);
        const results = await inTurns(
          lab.pick('floor', 'sluice', 'portkey'),
          lab.options.rounds,
          (subject) => runClosed(lab, subject, [one], { concurrency, seconds: seconds / 3 }),
          (subject) => measureCpu(lab, subject, one, { concurrency, seconds }),
        );
        points.push({ size, cpu: seriesOf(results, ({ cpuUs }) => cpuUs) });
      }
      return points.slice(1).map(({ size, cpu }, index): Figure => {
        const previous = points[index];
        if (previous === undefined) throw new Error('A slope needs two points');
        const values = Object.fromEntries(
          lab.pick('floor', 'sluice', 'portkey').flatMap(({ name: subject }) => {
            const high = cpu[subject];
            const low = previous.cpu[subject];
            if (high === undefined || low === undefined) return [];
            return [[subject, combine(high, low, (to, from) => (to - from) / (size - previous.size))]];
          }),
        );
        return {
          row: name,
          label: `CPU per ${item}, ${String(previous.size)} to ${String(size)}`,
          unit: 'µs',
          values,
          relation: ratioToFloor(values),
        };
      });
    },
  };
}

import type { Case, Lab } from '../lab.ts';
import { ratioTo } from '../figures.ts';
import type { Figure, SubjectName } from '../figures.ts';
import { inTurns, measureCpu, seriesOf } from '../measure.ts';
import { formatNumber } from '../report.ts';
import { combine } from '../statistics.ts';
import type { Series } from '../statistics.ts';
import { warmUp } from '../warm-up.ts';
import type { Row } from './row.ts';

interface SlopeRowSettings {
  readonly name: string;
  readonly title: string;
  /** `message` or `chunk`. */
  readonly item: string;
  readonly sizes: readonly number[];
  readonly caseOf: (size: number) => Case;
}

interface Point {
  readonly size: number;
  readonly cpu: Partial<Record<SubjectName, Series>>;
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
      const points: Point[] = [];
      for (const size of sizes) {
        const one = caseOf(size);
        const results = await inTurns(
          lab.pick('floor', 'sluice'),
          lab.options.rounds,
          (subject) => warmUp(lab, subject, one, concurrency),
          (subject) => measureCpu(lab, subject, one, { concurrency, seconds }),
        );
        points.push({ size, cpu: seriesOf(results, ({ cpuUs }) => cpuUs) });
      }
      const slope = (from: Point | undefined, to: Point | undefined): Figure['values'] =>
        from === undefined || to === undefined ? {} : slopesBetween(from, to);
      const whole = slope(points[0], points.at(-1));
      return [
        ...points.slice(1).map((point, index): Figure => ({
          row: name,
          label: `CPU per ${item}, ${range(sizes[index], point.size)}`,
          unit: 'µs',
          values: slope(points[index], point),
        })),
        {
          row: name,
          label: `CPU per ${item}, ${range(sizes[0], sizes.at(-1))}`,
          unit: 'µs',
          values: whole,
          relation: ratioTo('floor', whole),
        },
      ];
    },
  };
}

function range(from = 0, to = 0): string {
  return `${formatNumber(from)} to ${formatNumber(to)}`;
}

function slopesBetween(from: Point, to: Point): Figure['values'] {
  const items = to.size - from.size;
  return Object.fromEntries(
    Object.entries(to.cpu).map(([subject, high]) => {
      const low = from.cpu[subject as SubjectName] ?? high;
      return [subject, combine(high, low, (more, less) => (more - less) / items)];
    }),
  );
}

import type { MachineFacts } from './machine.ts';
import { combine } from './statistics.ts';
import type { Series } from './statistics.ts';

/** Who was measured. `direct` is the upstream without anything before it. */
export type SubjectName = 'direct' | 'floor' | 'sluice' | 'portkey';

/** How Sluice stands to another subject of the same round. */
export interface Relation extends Series {
  readonly kind: 'ratio' | 'added';
  readonly to: SubjectName;
}

/** One line of the table. */
export interface Figure {
  readonly row: string;
  readonly label: string;
  readonly unit: string;
  readonly values: Partial<Record<SubjectName, Series>>;
  readonly relation?: Relation | undefined;
  /** The most that the relation may be, or the value of Sluice where there is no relation. */
  readonly target?: number | undefined;
  /** Without it, less is better. */
  readonly better?: 'more' | undefined;
  /** Subjects that did not fill their core, so that the load generator set the rate. */
  readonly atLeast?: readonly SubjectName[] | undefined;
}

/** The file that `npm run bench` writes. */
export interface BenchResults {
  readonly version: 1;
  readonly machine: MachineFacts;
  readonly settings: { readonly rounds: number; readonly seconds: number; readonly samples: number };
  /** What each row is, by its name. */
  readonly titles: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
  /** Rows that could not be measured. */
  readonly faults: readonly { readonly row: string; readonly fault: string }[];
}

/** The figure of a row with this label. */
export function findFigure({ figures }: BenchResults, row: string, label: string): Figure | undefined {
  return figures.find((figure) => figure.row === row && figure.label === label);
}

/** How a subject's series, Sluice's in general, stands to another's as a ratio, round by round. */
export function ratioTo(
  other: SubjectName,
  values: Figure['values'],
  subject: SubjectName = 'sluice',
): Relation | undefined {
  const [ours, theirs] = [values[subject], values[other]];
  if (ours === undefined || theirs === undefined) return undefined;
  return { kind: 'ratio', to: other, ...combine(ours, theirs, (left, right) => left / right) };
}

/** The number that is held against the target. */
function judged({ relation, values }: Figure): number | undefined {
  return relation?.value ?? values.sluice?.value;
}

/** `undefined` without a target. */
export function isMet(figure: Figure): boolean | undefined {
  const value = judged(figure);
  return figure.target === undefined || value === undefined ? undefined : value <= figure.target;
}

import type { MachineFacts } from './machine.ts';
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
  /** Subjects that did not fill their core, so that the load generator set the rate. */
  readonly atLeast?: readonly SubjectName[] | undefined;
}

/** The file that `npm run bench` writes. */
export interface BenchResults {
  readonly version: 1;
  readonly machine: MachineFacts;
  readonly settings: { readonly rounds: number; readonly seconds: number };
  readonly figures: readonly Figure[];
  /** Rows that could not be measured. */
  readonly faults: readonly { readonly row: string; readonly fault: string }[];
}

/** The number that is held against the target. */
export function judged({ relation, values }: Figure): number | undefined {
  return relation?.value ?? values.sluice?.value;
}

/** `undefined` without a target. */
export function isMet(figure: Figure): boolean | undefined {
  const value = judged(figure);
  return figure.target === undefined || value === undefined ? undefined : value <= figure.target;
}

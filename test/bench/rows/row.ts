import type { Figure } from '../figures.ts';
import type { Lab } from '../lab.ts';

/** One kind of measurement. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** Whether `--quick` measures it too. */
  readonly quick: boolean;
  /** @throws MeasureFault when an answer was wrong */
  measure(lab: Lab): Promise<Figure[]>;
}

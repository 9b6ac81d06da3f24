import { Injectable } from '@nestjs/common';

/** One value, with a value for each label of its gauge in their order. An empty label is left out. */
export interface GaugeSample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** A figure that is read when somebody looks at `/metrics`, and costs nothing until then. */
export interface Gauge {
  /** `sluice_...`, with its unit at the end; a counter ends in `_total`. */
  readonly name: string;
  readonly help: string;
  /** `counter`: it only grows while the process lives. */
  readonly type: 'gauge' | 'counter';
  /** Names of labels whose values are few: of the configuration, never of callers. */
  readonly labels: readonly string[];
  /**
   * What the figures of several workers come to: by default their sum; `max` or `min` for what all of them see, where
   * the first to see it counts.
   */
  readonly across?: 'sum' | 'max' | 'min';
  read(): Iterable<GaugeSample>;
}

/** Every gauge; whoever has a figure adds it when he is made. */
@Injectable()
export class Gauges {
  private readonly gauges: Gauge[] = [];

  add(...gauges: readonly Gauge[]): void {
    this.gauges.push(...gauges);
  }

  get all(): readonly Gauge[] {
    return this.gauges;
  }
}

/** The one value of a gauge without labels. */
export function single(value: number): readonly GaugeSample[] {
  return [{ labels: [], value }];
}

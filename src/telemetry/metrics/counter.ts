import type { Metric, MetricInfo } from './metric.js';
import { Series, writeHead, writeSample } from './series.js';

/** What one series has counted: whoever holds it adds to it, without a look-up. */
export interface CounterCell {
  value: number;
}

/** A counter whose series are plain numbers. */
export class Counter implements Metric {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  private readonly series: Series<CounterCell>;

  /** @param perUnit how many of what is counted make one of what is shown */
  constructor(
    { name, help, labels }: MetricInfo,
    private readonly perUnit = 1,
  ) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.series = new Series(labels, () => ({ value: 0 }));
  }

  cell(...values: readonly string[]): CounterCell {
    return this.series.cell(values);
  }

  write(): string {
    let text = writeHead(this.name, this.type, this.help);
    for (const [labels, { value }] of this.series.entries()) {
      text += writeSample(this.name, labels, value / this.perUnit);
    }
    return text;
  }
}

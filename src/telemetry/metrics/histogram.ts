import type { Metric, MetricInfo } from './metric.js';
import { Series, writeHead, writeSample } from './series.js';

/** What one series has observed. */
export class HistogramCell {
  sum = 0;
  /** By bucket, each without those below it; the last is for what is above every bound. */
  readonly counts: number[];

  constructor(private readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sum += value;
  }
}

/** A histogram whose series are plain numbers. */
export class Histogram implements Metric {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  private readonly series: Series<HistogramCell>;

  /** @param bounds upper bounds of the buckets, ascending, without infinity */
  constructor(
    { name, help, labels }: MetricInfo,
    private readonly bounds: readonly number[],
  ) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.series = new Series(labels, () => new HistogramCell(bounds));
  }

  cell(...values: readonly string[]): HistogramCell {
    return this.series.cell(values);
  }

  write(): string {
    let text = writeHead(this.name, this.type, this.help);
    for (const [labels, { counts, sum }] of this.series.entries()) {
      const before = labels === '' ? '' : `${labels},`;
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = index < this.bounds.length ? String(this.bounds[index]) : '+Inf';
        text += writeSample(`${this.name}_bucket`, `${before}le="${bound}"`, total);
      }
      text += writeSample(`${this.name}_sum`, labels, sum);
      text += writeSample(`${this.name}_count`, labels, total);
    }
    return text;
  }
}

import { Injectable } from '@nestjs/common';
import { Gauges, type Gauge } from '../../common/gauges.js';
import { Topic } from '../../common/line.js';
import { PrimaryLink } from '../../common/primary-link.js';
import { RecordSinks } from '../../common/record-sinks.js';
import type { MetricPart } from './merge-parts.js';
import { MetricsSink } from './metrics-sink.js';
import { readProcessMetrics } from './process-metrics.js';
import { writeHead, writeLabels, writeSample } from './series.js';

/** Of Prometheus' text format. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What a worker asks the primary, and the primary each worker. */
export const METRICS_OF_ALL = new Topic<null, string>('metrics.all');
export const METRICS_OF_WORKER = new Topic<null, readonly MetricPart[]>('metrics.worker');

/** Everything that is measured, as Prometheus reads it; with several workers, whichever is asked answers for all. */
@Injectable()
export class Exposition {
  constructor(
    private readonly sinks: RecordSinks,
    private readonly sink: MetricsSink,
    private readonly gauges: Gauges,
    private readonly primary: PrimaryLink,
  ) {
    primary.line?.on(METRICS_OF_WORKER, () => this.parts());
  }

  async write(): Promise<string> {
    const ofAll = await this.primary.line?.ask(METRICS_OF_ALL, null);
    return ofAll ?? (await this.parts()).map(({ text }) => text).join('');
  }

  private async parts(): Promise<readonly MetricPart[]> {
    this.sinks.flush();
    const counted = this.sink.metrics.all.map((metric): MetricPart => {
      return { name: metric.name, type: metric.type, across: 'sum', text: metric.write() };
    });
    return [...counted, ...this.gauges.all.map(toPart), ...(await readProcessMetrics())];
  }
}

function toPart(gauge: Gauge): MetricPart {
  const { name, type, help, labels, across = 'sum' } = gauge;
  let text = writeHead(name, type, help);
  for (const { labels: values, value } of gauge.read())
    text += writeSample(name, writeLabels(labels, values), value);
  return { name, type, across, text };
}

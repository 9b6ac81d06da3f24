import { Injectable } from '@nestjs/common';
import { Gauges, type Gauge } from '../../common/gauges.js';
import { MetricsSink } from './metrics-sink.js';
import { readProcessMetrics } from './process-metrics.js';
import { writeHead, writeLabels, writeSample } from './series.js';

/** Of Prometheus' text format. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Everything that is measured, as Prometheus reads it. */
@Injectable()
export class Exposition {
  constructor(
    private readonly sink: MetricsSink,
    private readonly gauges: Gauges,
  ) {}

  async write(): Promise<string> {
    const counted = this.sink.metrics.all.map((metric) => metric.write());
    return [...counted, ...this.gauges.all.map(writeGauge), await readProcessMetrics()].join('');
  }
}

function writeGauge(gauge: Gauge): string {
  const { name, type, help, labels } = gauge;
  let text = writeHead(name, type, help);
  for (const { labels: values, value } of gauge.read())
    text += writeSample(name, writeLabels(labels, values), value);
  return text;
}

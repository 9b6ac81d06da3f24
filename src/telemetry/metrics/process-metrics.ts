import type { MetricObject, Registry } from '@prometheus-io/client';
import type { Across, MetricPart } from './merge-parts.js';

let ofProcess: Promise<Registry> | undefined;

/**
 * Processor, memory, event loop and garbage collection, in Prometheus' text format. One set for the process, as it is
 * the process that they measure; loaded when somebody first asks.
 */
export async function readProcessMetrics(): Promise<readonly MetricPart[]> {
  ofProcess ??= load();
  const registry = await ofProcess;
  return Promise.all(
    registry.getMetricsAsArray().map(async ({ name, type, aggregator }) => {
      const text = `${await registry.getSingleMetricAsString(name)}\n`;
      return { name, type, across: toAcross(aggregator), text };
    }),
  );
}

async function load(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('@prometheus-io/client');
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}

/** Where the client would take an average, the worst is shown: one worker that is late must not hide among the others. */
function toAcross(aggregator: MetricObject['aggregator'] | undefined): Across {
  switch (aggregator) {
    case 'sum':
    case undefined:
      return 'sum';
    case 'average':
    case 'first':
    case 'max':
      return 'max';
    // The start of the oldest, which the client leaves out.
    case 'omit':
    case 'min':
      return 'min';
  }
}

import type { Registry } from '@prometheus-io/client';

let ofProcess: Promise<Registry> | undefined;

/**
 * Processor, memory, event loop and garbage collection, in Prometheus' text format. One set for the process, as it is
 * the process that they measure; loaded when somebody first asks.
 */
export async function readProcessMetrics(): Promise<string> {
  ofProcess ??= load();
  const registry = await ofProcess;
  return registry.metrics();
}

async function load(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('@prometheus-io/client');
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}

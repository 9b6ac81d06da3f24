import type { Clock } from '../common/clock.js';
import type { Line } from '../common/line.js';
import { METRICS_OF_WORKER } from '../telemetry/metrics/exposition.js';
import { mergeParts, type MetricPart } from '../telemetry/metrics/merge-parts.js';
import { readProcessMetrics } from '../telemetry/metrics/process-metrics.js';

/** A worker that takes longer is shown as it was last seen. */
const LONGEST_WAIT_MS = 2_000;

/**
 * The figures of all workers as those of one process. What workers counted that are gone stays counted, as far as it was
 * seen: a counter that fell would be taken for a restart, and everything before it for new.
 */
export class WorkerMetrics {
  private readonly seen = new Map<number, readonly MetricPart[]>();
  private departed: readonly MetricPart[] = [];

  constructor(private readonly clock: Clock) {}

  /** In Prometheus' text format. */
  async write(lines: ReadonlyMap<number, Line>): Promise<string> {
    await Promise.all(Array.from(lines, ([worker, line]) => this.look(worker, line, lines)));
    const own = await readProcessMetrics();
    return mergeParts([...this.seen.values(), own, this.departed])
      .map(({ text }) => text)
      .join('');
  }

  leave(worker: number): void {
    const seen = this.seen.get(worker) ?? [];
    this.seen.delete(worker);
    this.departed = mergeParts([this.departed, seen.filter(({ type }) => type !== 'gauge')]);
  }

  private async look(worker: number, line: Line, lines: ReadonlyMap<number, Line>): Promise<void> {
    const answer = await Promise.race([
      line.ask(METRICS_OF_WORKER, null),
      this.clock.sleep(LONGEST_WAIT_MS).then(() => undefined),
    ]);
    if (answer !== undefined && lines.has(worker)) this.seen.set(worker, answer);
  }
}

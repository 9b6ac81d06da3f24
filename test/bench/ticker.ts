import { parentPort, workerData } from 'node:worker_threads';
import { nowMs } from './clock.ts';

/** When a ticker ticks: `count` times, `intervalMs` apart, the first at `startMs` of the clock. */
export interface TickerPlan {
  readonly startMs: number;
  readonly intervalMs: number;
  readonly count: number;
}

/**
 * A thread that says when the next request is due. The event loop's timers are up to a millisecond late, which is as
 * much as a gateway may add; a futex wait is not.
 */
const { startMs, intervalMs, count } = workerData as TickerPlan;
const never = new Int32Array(new SharedArrayBuffer(4));
for (let index = 0; index < count; index += 1) {
  const wait = startMs + index * intervalMs - nowMs();
  if (wait > 0) Atomics.wait(never, 0, 0, wait);
  parentPort?.postMessage(index);
}

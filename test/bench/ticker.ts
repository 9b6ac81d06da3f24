import { parentPort, workerData } from 'node:worker_threads';
import { nowMs } from './clock.ts';

/** `count` ticks, `intervalMs` apart. */
export interface TickerPlan {
  readonly intervalMs: number;
  readonly count: number;
}

/**
 * A thread that says when the next request is due. The event loop's timers are up to a millisecond late, which is as
 * much as a gateway may add; a futex wait is not. Each tick is posted as the clock milliseconds at which it was due.
 */
const { intervalMs, count } = workerData as TickerPlan;
const startMs = nowMs() + intervalMs;
const never = new Int32Array(new SharedArrayBuffer(4));
for (let index = 0; index < count; index += 1) {
  const dueAt = startMs + index * intervalMs;
  const wait = dueAt - nowMs();
  if (wait > 0) Atomics.wait(never, 0, 0, wait);
  parentPort?.postMessage(dueAt);
}

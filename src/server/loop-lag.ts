import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Clock } from '../common/clock.js';

const RESOLUTION_MS = 20;
const WINDOW_MS = 500;
const NANOSECONDS_PER_MS = 1e6;

/** How late the event loop comes to a timer of its own, as a mean over the last half second. */
@Injectable()
export class LoopLag implements OnApplicationShutdown {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readAt: number;
  private mean = 0;

  constructor(private readonly clock: Clock) {
    this.readAt = clock.monotonic();
    this.histogram.enable();
  }

  get meanMs(): number {
    const now = this.clock.monotonic();
    if (now - this.readAt >= WINDOW_MS) {
      this.readAt = now;
      // The histogram has the times between two timers.
      const betweenMs = this.histogram.count === 0 ? 0 : this.histogram.mean / NANOSECONDS_PER_MS;
      this.mean = Math.max(0, betweenMs - RESOLUTION_MS);
      this.histogram.reset();
    }
    return this.mean;
  }

  onApplicationShutdown(): void {
    this.histogram.disable();
  }
}

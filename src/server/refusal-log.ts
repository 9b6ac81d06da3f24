import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { GatewayError } from '../contract/gateway-error.js';

/** A line for each refused request would be more work than the refusal. */
const PERIOD_MS = 1_000;

/** Logs how many requests were refused because of too much load: a line at the first, then one a second at most. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Server');
  private count = 0;
  private isCounting = false;

  constructor(private readonly clock: Clock) {}

  note(error: GatewayError): void {
    if (error.code !== 'overloaded') return;
    this.count++;
    if (this.isCounting) return;
    this.isCounting = true;
    this.write(error.message);
    const timer = this.clock.startTimer(PERIOD_MS, () => {
      this.isCounting = false;
      if (this.count > 0) this.write(error.message);
    });
    timer.unref?.();
  }

  private write(reason: string): void {
    this.logger.warn({ message: 'requests refused', count: this.count, reason });
    this.count = 0;
  }
}

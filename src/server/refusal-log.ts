import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { GatewayError } from '../contract/gateway-error.js';

const PERIOD_MS = 1_000;

/** So many of a period are told one by one: lines and rows for all of them would be more work than the refusals. */
const MOST_TOLD = 100;

/** Logs how many requests were refused because of too much load: a line at the first, then one a second at most. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Server');
  private count = 0;
  private told = 0;
  private isCounting = false;

  constructor(private readonly clock: Clock) {}

  /** @returns whether this refusal is told by itself too */
  note(error: GatewayError): boolean {
    if (error.code !== 'overloaded') return true;
    this.count++;
    if (!this.isCounting) this.beginPeriod(error.message);
    return ++this.told <= MOST_TOLD;
  }

  private beginPeriod(reason: string): void {
    this.isCounting = true;
    this.told = 0;
    this.write(reason);
    const timer = this.clock.startTimer(PERIOD_MS, () => {
      this.isCounting = false;
      if (this.count > 0) this.write(reason);
    });
    timer.unref?.();
  }

  private write(reason: string): void {
    this.logger.warn({ message: 'requests refused', count: this.count, reason });
    this.count = 0;
  }
}

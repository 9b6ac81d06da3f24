import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CountedLine } from '../common/counted-line.js';
import type { GatewayError } from '../contract/gateway-error.js';

/** So many of a period are told one by one: lines and rows for all of them would be more work than the refusals. */
const MOST_TOLD = 100;

/** Logs how many requests were refused because of too much load: a line at the first, then one a second at most. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Server');
  private readonly line: CountedLine;
  private reason = '';
  private told = 0;

  constructor(clock: Clock) {
    this.line = new CountedLine(clock, (count) => {
      this.logger.warn({ message: 'requests refused', count, reason: this.reason });
    });
  }

  /** @returns whether this refusal is told by itself too */
  note(error: GatewayError): boolean {
    if (error.code !== 'overloaded') return true;
    this.reason = error.message;
    if (this.line.note()) this.told = 0;
    return ++this.told <= MOST_TOLD;
  }
}

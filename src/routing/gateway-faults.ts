import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CountedLine } from '../common/counted-line.js';
import type { CallFailureFacts } from '../providers/call-failure.js';

type GatewayFault = Extract<CallFailureFacts, { type: 'gateway-fault' }>;

/** Logs what calls failed with that no vendor did: for each kind a line at the first, then one a second at most. */
@Injectable()
export class GatewayFaults {
  private readonly logger = new Logger('Failover');
  private readonly kinds = new Map<string, { line: CountedLine; latest: GatewayFault }>();

  constructor(private readonly clock: Clock) {}

  note(fault: GatewayFault): void {
    let kind = this.kinds.get(fault.detail);
    if (kind === undefined) {
      const line = new CountedLine(this.clock, (count) => {
        const { cause, detail } = kind?.latest ?? fault;
        const stack = cause instanceof Error ? cause.stack : undefined;
        this.logger.error({
          message: 'calls failed by a fault of the gateway',
          reason: detail,
          count,
          stack,
        });
      });
      kind = { line, latest: fault };
      this.kinds.set(fault.detail, kind);
    }
    kind.latest = fault;
    kind.line.note();
  }
}

import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { StreamTurns } from '../common/stream-turns.js';
import { WaitingLine } from '../common/waiting-line.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import { Load } from '../telemetry/load.js';
import { setHeapGrowth } from './heap-growth.js';
import { LoopLag } from './loop-lag.js';
import { OverloadGauge } from './overload-gauge.js';

/** Callers are sent away for one to so many seconds, in turns, so that they do not all come back together. */
const LONGEST_RETRY_S = 3;

/** The errors of one reason, made once for each limit: an error costs more than the rest of a refusal. */
class Refusals {
  private limit: number | undefined;
  private errors: GatewayError[] = [];
  private turn = 0;

  constructor(private readonly describe: (limit: number) => string) {}

  next(limit: number): GatewayError {
    if (limit !== this.limit) this.errors = [];
    this.limit = limit;
    const index = this.turn++ % LONGEST_RETRY_S;
    return (this.errors[index] ??= new GatewayError('overloaded', this.describe(limit), {
      retryAfterMs: (index + 1) * 1_000,
    }));
  }
}

/** Decides whether the process takes one more request. */
@Injectable()
export class Admission {
  private readonly gauge = new OverloadGauge(setHeapGrowth);
  private readonly full = new Refusals(
    (limit) =>
      `The gateway has ${String(limit)} requests in flight, as many as it takes (server.max_in_flight)`,
  );
  private readonly late = new Refusals(
    (limit) => `The gateway is overloaded: a request would wait for more than ${String(limit)} ms`,
  );

  constructor(
    private readonly settings: SettingsHolder,
    private readonly load: Load,
    private readonly line: WaitingLine,
    private readonly streams: StreamTurns,
    private readonly lag: LoopLag,
    private readonly clock: Clock,
  ) {}

  /** Why a request that has just come in is not taken; `undefined`: it is. */
  refusal(): GatewayError | undefined {
    if (this.load.isRefusing) {
      return new GatewayError('shutting_down', 'This process is shutting down; ask again', {
        retryAfterMs: 1_000,
      });
    }
    const { maxInFlight, maxEventLoopLagMs } = this.settings.current.server;
    const { inFlight } = this.load;
    const tooLongMs = this.gauge.read({
      pressureMs: Math.max(this.line.expectedWaitMs, this.streams.waitMs, this.lag.meanMs),
      limitMs: maxEventLoopLagMs,
      inFlight,
      maxInFlight,
      now: this.clock.monotonic(),
    });
    if (inFlight >= maxInFlight) return this.full.next(maxInFlight);
    return tooLongMs === undefined ? undefined : this.late.next(tooLongMs);
  }
}

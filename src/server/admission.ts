import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import { Load } from '../telemetry/load.js';
import { LoopLag } from './loop-lag.js';
import { OverloadGauge } from './overload-gauge.js';
import { WaitingLine } from './waiting-line.js';

/** Callers are sent away for one to so many seconds, in turns, so that they do not all come back together. */
const LONGEST_RETRY_S = 3;

/** Decides whether the process takes one more request. */
@Injectable()
export class Admission {
  private readonly gauge = new OverloadGauge();
  private readonly errors = new Map<string, GatewayError>();
  private refused = 0;

  constructor(
    private readonly settings: SettingsHolder,
    private readonly load: Load,
    private readonly line: WaitingLine,
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
    if (this.load.inFlight >= maxInFlight) {
      return this.overloaded(
        `The gateway has ${String(maxInFlight)} requests in flight, as many as it takes (server.max_in_flight)`,
      );
    }
    const pressureMs = Math.max(this.line.expectedWaitMs, this.lag.meanMs);
    if (!this.gauge.read(pressureMs, maxEventLoopLagMs, this.clock.monotonic())) return undefined;
    return this.overloaded(
      `The gateway is overloaded: requests wait for more than ${String(maxEventLoopLagMs)} ms (server.max_event_loop_lag)`,
    );
  }

  /** Made once for each text, as an error costs more than the rest of a refusal. */
  private overloaded(message: string): GatewayError {
    const seconds = 1 + (this.refused++ % LONGEST_RETRY_S);
    const name = `${String(seconds)} ${message}`;
    const known = this.errors.get(name);
    if (known !== undefined) return known;
    const error = new GatewayError('overloaded', message, { retryAfterMs: seconds * 1_000 });
    this.errors.set(name, error);
    return error;
  }
}

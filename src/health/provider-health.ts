import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { ProviderStates, type State } from '../routing/provider-states.js';
import { ProviderStats } from '../routing/provider-stats.js';

/** What `/health` shows of a provider beside its status. */
export interface ProviderReport {
  readonly status: State;
  readonly healthy: boolean;
  readonly last_fail: string | null;
  readonly cooling_until: string | null;
  readonly reason: string | null;
  readonly keys: { readonly total: number; readonly available: number };
  readonly latency_ms_p50: number | null;
}

/** Tells a provider's health from what real traffic saw. Calls nobody. */
@Injectable()
export class ProviderHealth {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly states: ProviderStates,
    private readonly stats: ProviderStats,
  ) {}

  /** `models`: those of the provider that routes and callers can reach by name. */
  report(endpoint: ProviderEndpoint, models: readonly string[]): ProviderReport {
    const { state, reason, until, availableKeys } = this.states.of(endpoint, models);
    const lastFail = this.stats.lastFail(endpoint.name);
    return {
      status: state,
      healthy: state !== 'down',
      last_fail: lastFail === null ? null : new Date(lastFail).toISOString(),
      cooling_until: until === null ? null : new Date(until).toISOString(),
      reason,
      keys: { total: endpoint.keys.length, available: availableKeys },
      latency_ms_p50: this.stats.medianLatency(endpoint.name),
    };
  }

  /**
   * As a Terminus result. Terminus makes any `down` a 503, but a gateway with one vendor of three down is in service:
   * so `down` is passed on as `degraded` while `isServing`, and the report keeps the true word.
   */
  indicate(name: string, { status, ...report }: ProviderReport, isServing: boolean): HealthIndicatorResult {
    const session = this.indicators.check(name);
    if (status === 'down') return isServing ? session.degraded(report) : session.down(report);
    return status === 'up' ? session.up(report) : session.degraded(report);
  }
}

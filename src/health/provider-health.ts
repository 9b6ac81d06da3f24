import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { Candidate } from '../routing/candidate.js';
import { ProviderStats } from '../routing/provider-stats.js';
import { RestBook, type RestEntry } from '../routing/rest-book.js';

export type ProviderStatus = 'up' | 'degraded' | 'down';

/** What `/health` shows of a provider beside its status. */
export interface ProviderReport {
  readonly status: ProviderStatus;
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
    private readonly book: RestBook,
    private readonly stats: ProviderStats,
  ) {}

  /** `models`: those of the provider that routes and callers can reach by name. */
  report(endpoint: ProviderEndpoint, models: readonly string[]): ProviderReport {
    const ways = endpoint.keys.map((key) =>
      models.map((model) => this.book.blocking(new Candidate(endpoint, model, key))),
    );
    const available = ways.filter((rests) => rests.includes(undefined)).length;
    const rests = ways.flat().filter((rest) => rest !== undefined);
    const status = available === 0 ? 'down' : rests.length > 0 ? 'degraded' : 'up';
    // A provider that is down is back with its first return; one that is degraded is whole again with its last.
    const shown = pickRest(rests, status === 'down' ? 'first' : 'last');
    const lastFail = this.stats.lastFail(endpoint.name);
    return {
      status,
      healthy: status !== 'down',
      last_fail: lastFail === null ? null : new Date(lastFail).toISOString(),
      cooling_until:
        shown === undefined || shown.until === Infinity ? null : new Date(shown.until).toISOString(),
      reason: shown?.reason ?? null,
      keys: { total: endpoint.keys.length, available },
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

function pickRest(rests: readonly RestEntry[], which: 'first' | 'last'): RestEntry | undefined {
  return [...rests].sort((one, other) => one.until - other.until).at(which === 'first' ? 0 : -1);
}

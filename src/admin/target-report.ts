import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { Candidate } from '../routing/candidate.js';
import type { EffectiveState, ProviderState, State, StateCode } from '../routing/provider-states.js';
import type { TargetMeter } from '../routing/target-meter.js';

interface StateReport {
  /** The same word as in `/health`. */
  readonly state: State;
  readonly reason_code: StateCode | null;
  readonly reason: string | null;
  readonly since: string | null;
  readonly until: string | null;
}

export interface ModelReport extends StateReport {
  readonly model: string;
  readonly requests: number;
  readonly failures: number;
  /** Over all replicas that share their state. */
  readonly in_flight: number;
  readonly first_token_ms: number | null;
  readonly error_rate: number;
}

export interface KeyReport extends StateReport {
  readonly key_hint: string;
  readonly in_flight: number;
  /** Models that this key may not be asked for now. */
  readonly resting_models: readonly (StateReport & { readonly model: string })[];
}

export interface TargetReport extends StateReport {
  readonly provider: string;
  readonly vendor: string;
  readonly last_fail: string | null;
  readonly latency_ms_p50: number | null;
  readonly models: readonly ModelReport[];
  readonly keys: readonly KeyReport[];
}

/** What is known of the traffic of a provider as a whole. */
export interface ProviderFigures {
  readonly lastFail: number | null;
  readonly medianLatency: number | null;
}

export function reportTarget(
  endpoint: ProviderEndpoint,
  state: ProviderState,
  meter: TargetMeter,
  figures: ProviderFigures,
): TargetReport {
  const { name, vendor } = endpoint;
  return {
    provider: name,
    vendor,
    ...toReport(state),
    last_fail: toTime(figures.lastFail),
    latency_ms_p50: figures.medianLatency,
    models: [...state.models].map(([model, ofModel]) => {
      const id = `${name}/${model}`;
      const { requests, failures, firstTokenMs, errorRate } = meter.figures(id);
      return {
        model,
        ...toReport(ofModel),
        requests,
        failures,
        in_flight: meter.inFlight(id),
        first_token_ms: firstTokenMs === null ? null : Math.round(firstTokenMs),
        error_rate: Math.round(errorRate * 1000) / 1000,
      };
    }),
    keys: endpoint.keys.flatMap((key) => {
      const ofKey = state.keys.get(key.hint);
      if (ofKey === undefined) return [];
      return [
        {
          key_hint: key.hint,
          ...toReport(ofKey),
          in_flight: meter.inFlight(new Candidate(endpoint, '', key).ids.key),
          resting_models: [...ofKey.models].map(([model, away]) => ({ model, ...toReport(away) })),
        },
      ];
    }),
  };
}

function toReport({ state, code, reason, since, until }: EffectiveState): StateReport {
  return { state, reason_code: code, reason, since: toTime(since), until: toTime(until) };
}

function toTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

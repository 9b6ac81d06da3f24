import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { Candidate, type RestScope } from '../routing/candidate.js';
import type { RestBook, RestEntry } from '../routing/rest-book.js';
import type { TargetMeter } from '../routing/target-meter.js';

/** `invalid`: the vendor refuses the key or its account; `disabled`: by hand; `unusable`: not configured. */
export type TargetState = 'ok' | 'resting' | 'invalid' | 'disabled' | 'unusable';

interface StateReport {
  readonly state: TargetState;
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
  models: readonly string[],
  book: RestBook,
  meter: TargetMeter,
  figures: ProviderFigures,
): TargetReport {
  const entries = book.entries();
  const { name, vendor, unusable } = endpoint;
  return {
    provider: name,
    vendor,
    ...(unusable === undefined
      ? toState(entries.get(name))
      : { state: 'unusable', reason: unusable, since: null, until: null }),
    last_fail: toTime(figures.lastFail),
    latency_ms_p50: figures.medianLatency,
    models: models.map((model) => {
      const id = `${name}/${model}`;
      const { requests, failures, firstTokenMs, errorRate } = meter.figures(id);
      return {
        model,
        ...toState(entries.get(id)),
        requests,
        failures,
        in_flight: meter.inFlight(id),
        first_token_ms: firstTokenMs === null ? null : Math.round(firstTokenMs),
        error_rate: Math.round(errorRate * 1000) / 1000,
      };
    }),
    keys: endpoint.keys.map((key) => {
      const idOf = (model: string, scope: RestScope): string =>
        new Candidate(endpoint, model, key).ids[scope];
      const id = idOf('', 'key');
      return {
        key_hint: key.hint,
        ...toState(entries.get(id)),
        in_flight: meter.inFlight(id),
        resting_models: models.flatMap((model) => {
          const entry = entries.get(idOf(model, 'key-model'));
          return entry === undefined ? [] : [{ model, ...toState(entry) }];
        }),
      };
    }),
  };
}

function toState(entry: RestEntry | undefined): StateReport {
  if (entry === undefined) return { state: 'ok', reason: null, since: null, until: null };
  // Keys as such rest only when the vendor refused them or their account.
  const state = entry.until === Infinity ? 'disabled' : entry.scope === 'key' ? 'invalid' : 'resting';
  return {
    state,
    reason: entry.reason,
    since: toTime(entry.since),
    until: entry.until === Infinity ? null : toTime(entry.until),
  };
}

function toTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

import { Injectable } from '@nestjs/common';
import type { ProviderEndpoint, ProviderKey } from '../providers/provider-endpoint.js';
import { Candidate, REST_SCOPES } from './candidate.js';
import { RestBook, type RestEntry } from './rest-book.js';

/** `up`: all of it can serve now; `degraded`: some of it; `down`: nothing of it. */
export type State = 'up' | 'degraded' | 'down';

/**
 * Why something is not up.
 *
 * - `cooldown`: it rests after a failure
 * - `rate_limited`: the vendor has set a limit
 * - `key_refused`: the vendor refuses the key, or its account has no credit
 * - `disabled`: by hand
 * - `not_configured`: a key or an address is missing
 */
export type StateCode = 'cooldown' | 'rate_limited' | 'key_refused' | 'disabled' | 'not_configured';

/** The one state of a provider, a model or a key. Times are Unix milliseconds. */
export interface EffectiveState {
  readonly state: State;
  readonly code: StateCode | null;
  readonly reason: string | null;
  readonly since: number | null;
  /** When it is back, or whole again where only a part of it is away; `null` where nobody knows. */
  readonly until: number | null;
}

export interface ProviderState extends EffectiveState {
  readonly models: ReadonlyMap<string, EffectiveState>;
  /** By hint. */
  readonly keys: ReadonlyMap<string, KeyState>;
  /** Keys that can be asked for some model now. */
  readonly availableKeys: number;
}

export interface KeyState extends EffectiveState {
  /** Those that it cannot be asked for now. */
  readonly models: ReadonlyMap<string, EffectiveState>;
}

const UP: EffectiveState = { state: 'up', code: null, reason: null, since: null, until: null };

/** Tells the state of everything of a provider, from the rests that are in force. Calls nobody. */
@Injectable()
export class ProviderStates {
  constructor(private readonly book: RestBook) {}

  /** `models`: those of the provider that routes and callers can reach by name. */
  of(endpoint: ProviderEndpoint, models: readonly string[]): ProviderState {
    const { keys, unusable } = endpoint;
    if (unusable !== undefined) return notConfigured(unusable, models);
    const entries = this.book.entries();
    const wayOf = (model: string, key: ProviderKey): RestEntry | undefined =>
      longestOf(new Candidate(endpoint, model, key), entries);
    const ways = keys.map((key) => models.map((model) => wayOf(model, key)));
    return {
      ...effectiveState(ways.flat()),
      models: new Map(
        models.map((model, index) => [model, effectiveState(ways.map((ofKey) => ofKey[index]))]),
      ),
      keys: new Map(
        keys.map(({ hint }, index) => {
          const ofKey = ways[index] ?? [];
          const away = models.flatMap((model, place) => {
            const entry = ofKey[place];
            return entry === undefined ? [] : [[model, effectiveState([entry])] as const];
          });
          return [hint, { ...effectiveState(ofKey), models: new Map(away) }];
        }),
      ),
      availableKeys: ways.filter((ofKey) => ofKey.includes(undefined)).length,
    };
  }
}

/** The rest that keeps a candidate longest from being asked. */
function longestOf({ ids }: Candidate, entries: ReadonlyMap<string, RestEntry>): RestEntry | undefined {
  let longest: RestEntry | undefined;
  for (const scope of REST_SCOPES) {
    const entry = entries.get(ids[scope]);
    if (entry !== undefined && (longest === undefined || entry.until > longest.until)) longest = entry;
  }
  return longest;
}

/** Of something that can be asked in these ways; `undefined` is a way that is open. */
function effectiveState(ways: readonly (RestEntry | undefined)[]): EffectiveState {
  const rests = ways.filter((way) => way !== undefined);
  if (rests.length === 0) return UP;
  const state = rests.length === ways.length ? 'down' : 'degraded';
  // What is down is back with its first return; what is degraded is whole again with its last.
  const byReturn = [...rests].sort((one, other) => one.until - other.until);
  const shown = byReturn.at(state === 'down' ? 0 : -1);
  if (shown === undefined) return UP;
  return {
    state,
    code: codeOf(shown),
    reason: shown.reason,
    since: shown.since,
    until: shown.until === Infinity ? null : shown.until,
  };
}

function codeOf({ until, isRateLimit, scope }: RestEntry): StateCode {
  if (until === Infinity) return 'disabled';
  if (isRateLimit) return 'rate_limited';
  // Keys as such rest only when the vendor refused them or their account.
  return scope === 'key' ? 'key_refused' : 'cooldown';
}

function notConfigured(reason: string, models: readonly string[]): ProviderState {
  const state: EffectiveState = { state: 'down', code: 'not_configured', reason, since: null, until: null };
  return {
    ...state,
    models: new Map(models.map((model) => [model, state])),
    keys: new Map(),
    availableKeys: 0,
  };
}

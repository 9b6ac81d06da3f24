import type { RoutingSettings } from '../config/gateway-settings.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import { matchesPattern } from '../providers/matches-pattern.js';
import type { ProviderEndpoint, ProviderKey } from '../providers/provider-endpoint.js';
import type { Affinity, Conversation } from './affinity.js';
import { applyPreferences } from './apply-preferences.js';
import { Candidate } from './candidate.js';
import type { TargetFacts } from './find-unmet.js';
import type { KeyRotation } from './key-rotation.js';
import { resolveRoute } from './resolve-route.js';
import { targetName, type Route, type Routes, type Target } from './route-table.js';
import { IN_ORDER, type OrderedTargets, type Strategist } from './strategies/strategist.js';
import type { TargetMeter } from './target-meter.js';

/** The ordered candidates of one request, each once. */
export interface Plan {
  readonly routing: RoutingSettings;
  readonly onContentFilter: 'stop' | 'next';
  readonly streamCommit: 'first-content' | 'buffered';
  /** When a stream begins without content; absent: never. */
  readonly earlyKeepAliveMs?: number | undefined;
  /** Without content by then, the next candidate is started beside the first. */
  readonly hedgeAfterMs: number | undefined;
  readonly candidates: readonly Candidate[];
  /** Who served the conversation last: what it signed only it can read. */
  readonly origin: Candidate['ids'] | undefined;
  /** What the request belongs to, where its keys or targets were to choose from. */
  readonly conversation: Conversation | undefined;
  /** Why each candidate stands where it does, by its `key-model` id. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Providers that the route names but that cannot be called, with the reason. */
  readonly unusable: readonly { readonly provider: string; readonly reason: string }[];
  /**
   * Which other requests for the same model get this very plan from the same configuration: all of them, those that no
   * reasoning binds to whoever made it, or none.
   */
  readonly holdsFor: 'all' | 'unbound' | 'none';
}

/** What of a request decides who is asked. */
export type PlannedRequest = Pick<ChatRequest, 'model' | 'provider' | 'fallbackModels' | 'preferences'>;

export interface PlanInputs extends TargetFacts {
  /** Patterns of what the gateway key may use. */
  readonly allowedModels: readonly string[];
  /** Whether the request holds, or will lead to, reasoning that only the key which made it can read. */
  readonly isBound?: (() => boolean) | undefined;
  /** Recognises the request's conversation; called only where there is a choice that it could settle. */
  readonly recognise?: (() => Conversation) | undefined;
  /** What this request would cost at a target, in any unit; `null` where the price is not known. */
  readonly costOf: (target: Target) => number | null;
  /** False: only look at what the next turn would be; nothing is used up. */
  readonly take: boolean;
}

/** What remembers turns and figures between requests. */
export interface PlanState {
  readonly strategist: Strategist;
  readonly rotation: KeyRotation;
  readonly affinity: Affinity;
  readonly meter: TargetMeter;
}

/**
 * @throws GatewayError `model_not_found`, `model_not_allowed`, `invalid_request` (a provider that nobody has),
 * `no_matching_provider`, `upstream_unavailable` (a pinned provider that is not configured)
 */
export function makePlan(
  request: PlannedRequest,
  inputs: PlanInputs,
  routes: Routes,
  state: PlanState,
): Plan {
  const asked = askedModels(request).map((model) => {
    const route = resolveRoute({ model, provider: request.provider }, routes);
    return { ...route, targets: permittedTargets(route, model, inputs.allowedModels) };
  });
  const isOpen = asked.some(hasChoice) || (asked.some(hasSeveral) && inputs.isBound?.() === true);
  const conversation = isOpen ? inputs.recognise?.() : undefined;
  const recalled = conversation === undefined ? undefined : state.affinity.recall(conversation);
  const ordered = asked.flatMap((route) =>
    orderRoute(withSort(route, request.preferences?.sort), inputs, state, recalled?.target),
  );
  const reasonOf = new Map(ordered.map(({ target, reason }) => [target, reason]));
  const preferred = applyPreferences([...reasonOf.keys()], request.preferences, routes, inputs);
  const candidates = new Map<string, Candidate>();
  // One turn for each provider, however many of its models are in the plan.
  const turns = new Map<ProviderEndpoint, readonly ProviderKey[]>();
  const reasons = new Map<string, string>();
  const unusable = new Map<string, string>();
  for (const target of preferred) {
    const { endpoint, model } = target;
    if (endpoint.unusable !== undefined) {
      unusable.set(endpoint.name, endpoint.unusable);
      continue;
    }
    const keys = turns.get(endpoint) ?? state.rotation.order(endpoint, inputs.take);
    turns.set(endpoint, keys);
    for (const candidate of keysInOrder(target, keys, state.meter, recalled?.key)) {
      const id = candidate.ids['key-model'];
      if (candidates.has(id)) continue;
      candidates.set(id, candidate);
      const keeps = recalled?.key === candidate.ids.key && recalled.target === `${endpoint.name}/${model}`;
      const reason = reasonOf.get(target) ?? '';
      reasons.set(id, keeps ? `served this conversation before; ${reason}` : reason);
    }
  }
  const [first] = asked;
  return {
    routing: routes.settings.routing,
    onContentFilter: asked.some((route) => route.onContentFilter === 'next') ? 'next' : 'stop',
    streamCommit: first?.streamCommit ?? 'first-content',
    earlyKeepAliveMs: first?.earlyKeepAliveMs,
    hedgeAfterMs: first?.hedgeAfterMs,
    candidates: [...candidates.values()],
    conversation,
    origin: recalled,
    reasons,
    holdsFor:
      isFixed(request, asked) && conversation === undefined
        ? asked.some(hasSeveral)
          ? 'unbound'
          : 'all'
        : 'none',
    unusable: [...unusable].map(([provider, reason]) => ({ provider, reason })),
  };
}

/** The model and the models to fall back to, in order; without any the default route. */
function askedModels({ model, fallbackModels = [] }: PlannedRequest): readonly (string | undefined)[] {
  return model === undefined && fallbackModels.length > 0 ? fallbackModels : [model, ...fallbackModels];
}

/** Whether it is open which key or target serves, in a way that a conversation's past may settle. */
function hasChoice({ strategy, targets }: Route): boolean {
  return (
    (strategy !== 'priority' && targets.length > 1) ||
    targets.some(({ endpoint }) => endpoint.keys.length > 1)
  );
}

/** Nothing but the configuration decides who is asked, in which order. */
function isFixed({ fallbackModels, preferences }: PlannedRequest, asked: readonly Route[]): boolean {
  return (
    fallbackModels === undefined &&
    preferences === undefined &&
    !asked.some(hasChoice) &&
    asked.every(isByPriority)
  );
}

function isByPriority({ strategy }: Route): boolean {
  return strategy === 'priority';
}

function hasSeveral({ targets }: Route): boolean {
  return targets.length > 1;
}

const STRATEGY_OF_SORT: Readonly<Record<string, Route['strategy'] | undefined>> = {
  price: 'lowest-cost',
  balanced: 'least-busy',
};

/** OpenRouter's `sort` puts a strategy in the place of the route's, over all of its targets. */
function withSort(route: Route, sort: string | undefined): Route {
  if (sort === undefined) return route;
  return {
    ...route,
    strategy: STRATEGY_OF_SORT[sort] ?? 'least-latency',
    targets: route.targets.map((target) => ({ ...target, priority: 1 })),
  };
}

/** Level by level; within a level by the strategy, but first where the conversation was served before. */
function orderRoute(
  { name = '', strategy, targets }: Route,
  { costOf, take }: PlanInputs,
  { strategist }: PlanState,
  recalled: string | undefined,
): OrderedTargets {
  const [only] = targets;
  if (only !== undefined && targets.length === 1 && strategy === 'priority')
    return [{ target: only, reason: IN_ORDER }];
  const levels = new Map<number, Target[]>();
  for (const target of targets) levels.set(target.priority, [...(levels.get(target.priority) ?? []), target]);
  return [...levels].flatMap(([level, members]) => {
    const group = `${name} ${String(level)}`;
    const ordered = strategist.order({ strategy, group, targets: members, costOf, take }).map((entry) => ({
      target: entry.target,
      reason: levels.size > 1 ? `level ${String(level)}, ${entry.reason}` : entry.reason,
    }));
    // With fixed priorities the operator's order stands: a conversation comes home when the first provider is back.
    if (strategy === 'priority') return ordered;
    return [
      ...ordered.filter(({ target }) => targetName(target) === recalled),
      ...ordered.filter(({ target }) => targetName(target) !== recalled),
    ];
  });
}

/** A key this much busier than its idlest sibling is not preferred for a conversation's sake. */
const BUSY_KEY = { inFlight: 8, factor: 2 } as const;

function keysInOrder(
  { endpoint, model }: Target,
  keys: readonly ProviderKey[],
  meter: TargetMeter,
  recalledKey: string | undefined,
): readonly Candidate[] {
  const candidates = keys.map((key) => new Candidate(endpoint, model, key));
  const kept = candidates.find((candidate) => candidate.ids.key === recalledKey);
  if (kept === undefined || kept === candidates[0]) return candidates;
  const idlest = Math.min(...candidates.map(({ ids }) => meter.inFlight(ids.key)));
  const busy = meter.inFlight(kept.ids.key);
  if (busy >= BUSY_KEY.inFlight && busy > BUSY_KEY.factor * idlest) return candidates;
  return [kept, ...candidates.filter((candidate) => candidate !== kept)];
}

function permittedTargets(
  route: Route,
  asked: string | undefined,
  allowedModels: readonly string[],
): Route['targets'] {
  const isAllowed = (name: string): boolean => allowedModels.some((pattern) => matchesPattern(pattern, name));
  const name = route.name ?? asked;
  if (allowedModels.includes('*') || (name !== undefined && isAllowed(name))) return route.targets;
  const permitted = route.targets.filter(
    (target) => isAllowed(target.model) || isAllowed(targetName(target)),
  );
  if (permitted.length === 0) {
    throw new GatewayError(
      'model_not_allowed',
      `This gateway key may not use the model ${JSON.stringify(name ?? 'auto')}; it may use: ${allowedModels.join(', ')}`,
      { param: 'model' },
    );
  }
  return permitted;
}

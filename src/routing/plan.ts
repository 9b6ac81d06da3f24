import type { RoutingSettings } from '../config/gateway-settings.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import { applyPreferences } from './apply-preferences.js';
import { matchesPattern } from '../providers/matches-pattern.js';
import type { KeyRotation } from './key-rotation.js';
import { Candidate } from './candidate.js';
import { resolveRoute } from './resolve-route.js';
import type { Route, Routes } from './route-table.js';

/** The ordered candidates of one request, each once. */
export interface Plan {
  readonly routing: RoutingSettings;
  readonly onContentFilter: 'stop' | 'next';
  readonly candidates: readonly Candidate[];
  /** Providers that the route names but that cannot be called, with the reason. */
  readonly unusable: readonly { readonly provider: string; readonly reason: string }[];
}

/** What of a request decides who is asked. */
export type PlannedRequest = Pick<ChatRequest, 'model' | 'provider' | 'fallbackModels' | 'preferences'>;

/**
 * @throws GatewayError `model_not_found`, `model_not_allowed`, `invalid_request` (preferences that leave nobody),
 * `upstream_unavailable` (unknown pinned provider)
 */
export function makePlan(
  request: PlannedRequest,
  allowedModels: readonly string[],
  routes: Routes,
  rotation: KeyRotation,
): Plan {
  const asked = askedModels(request).map((model) => ({
    model,
    route: resolveRoute({ model, provider: request.provider }, routes),
  }));
  const targets = applyPreferences(
    asked.flatMap(({ model, route }) => permittedTargets(route, model, allowedModels)),
    request.preferences,
  );
  const candidates = new Map<string, Candidate>();
  const unusable = new Map<string, string>();
  for (const { endpoint, model } of targets) {
    if (endpoint.unusable !== undefined) {
      unusable.set(endpoint.name, endpoint.unusable);
      continue;
    }
    const start = rotation.next(endpoint);
    for (let offset = 0; offset < endpoint.keys.length; offset++) {
      const key = endpoint.keys[(start + offset) % endpoint.keys.length];
      if (key === undefined) continue;
      const candidate = new Candidate(endpoint, model, key);
      const id = candidate.ids['key-model'];
      if (!candidates.has(id)) candidates.set(id, candidate);
    }
  }
  return {
    routing: routes.settings.routing,
    onContentFilter: asked.some(({ route }) => route.onContentFilter === 'next') ? 'next' : 'stop',
    candidates: [...candidates.values()],
    unusable: [...unusable].map(([provider, reason]) => ({ provider, reason })),
  };
}

/** The model and the models to fall back to, in order; without any the default route. */
function askedModels({ model, fallbackModels = [] }: PlannedRequest): readonly (string | undefined)[] {
  return model === undefined && fallbackModels.length > 0 ? fallbackModels : [model, ...fallbackModels];
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
    ({ endpoint, model }) => isAllowed(model) || isAllowed(`${endpoint.name}/${model}`),
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

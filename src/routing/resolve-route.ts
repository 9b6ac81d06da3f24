import { DEFAULT_EARLY_KEEP_ALIVE_MS } from '../config/to-routing-settings.js';
import leven from 'leven';
import type { ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { listModels } from './list-models.js';
import { isVendor, unknownProvider } from './provider-names.js';
import type { Route, Routes, Target } from './route-table.js';

/**
 * Finds what a request's `model` and `provider` stand for: the default route, a route by name, `provider/model`, or a
 * bare model with the providers that list it.
 * @throws GatewayError `model_not_found` with the nearest names, `invalid_request` likewise for a pinned provider that nobody
 * has, `upstream_unavailable` for one that is a vendor's name but not configured
 */
export function resolveRoute(request: Pick<ChatRequest, 'model' | 'provider'>, routes: Routes): Route {
  if (request.provider !== undefined) return resolvePinned(request.provider, request.model, routes);
  return resolveModel(request.model, routes);
}

function resolveModel(model: string | undefined, routes: Routes): Route {
  if (model === undefined || model === '') return routes.defaultRoute;
  const route = routes.byName.get(model) ?? (model === 'auto' ? routes.defaultRoute : undefined);
  if (route !== undefined) return route;
  const targets = namedTargets(model, routes);
  if (targets.length === 0) throw modelNotFound(model, routes);
  return routeOver(targets);
}

function namedTargets(model: string, routes: Routes): Target[] {
  const slash = model.indexOf('/');
  if (slash > 0) {
    const endpoint = routes.endpoints.get(model.slice(0, slash));
    const name = model.slice(slash + 1);
    if (endpoint !== undefined && (endpoint.serves(name) || isTargeted(endpoint, name, routes))) {
      return [toTarget(endpoint, name)];
    }
  }
  return [...routes.endpoints.values()]
    .filter((endpoint) => endpoint.serves(model))
    .map((endpoint) => toTarget(endpoint, model));
}

/** A model that a route of the operator's names is served, whether or not the provider's list has it. */
function isTargeted(endpoint: ProviderEndpoint, model: string, routes: Routes): boolean {
  for (const route of routes.byName.values()) {
    if (route.targets.some((target) => target.endpoint === endpoint && target.model === model)) return true;
  }
  return false;
}

function resolvePinned(provider: string, model: string | undefined, routes: Routes): Route {
  const endpoint = routes.endpoints.get(provider);
  if (endpoint === undefined) {
    if (!isVendor(provider)) throw unknownProvider(provider, 'provider', routes);
    throw new GatewayError('upstream_unavailable', `The provider ${quote(provider)} is not configured`, {
      details: [`${provider}: not configured`],
      shouldRetry: false,
    });
  }
  if (model === undefined || model === '') return routeOver([toTarget(endpoint, endpoint.defaultModel)]);
  const route = routes.byName.get(model) ?? (model === 'auto' ? routes.defaultRoute : undefined);
  if (route !== undefined) {
    const own = route.targets.filter((target) => target.endpoint === endpoint);
    return { ...route, targets: own.length > 0 ? own : [toTarget(endpoint, endpoint.defaultModel)] };
  }
  const name = model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
  if (!endpoint.serves(name) && !isTargeted(endpoint, name, routes)) {
    throw modelNotFound(`${provider}/${name}`, routes);
  }
  return routeOver([toTarget(endpoint, name)]);
}

function routeOver(targets: readonly Target[]): Route {
  return {
    strategy: 'priority',
    onContentFilter: 'stop',
    streamCommit: 'first-content',
    earlyKeepAliveMs: DEFAULT_EARLY_KEEP_ALIVE_MS,
    targets,
  };
}

function toTarget(endpoint: ProviderEndpoint, model: string): Target {
  return { endpoint, model, weight: 1, priority: 1 };
}

const MOST_SUGGESTIONS = 3;
/** Callers choose the names, and a comparison takes time with their length. */
const LONGEST_COMPARED = 256;

function modelNotFound(model: string, routes: Routes): GatewayError {
  const known = new Set(listModels(routes, ['*']).map(({ id }) => id));
  for (const endpoint of routes.endpoints.values()) {
    for (const name of endpoint.modelNames) known.add(name);
  }
  const wanted = model.slice(0, LONGEST_COMPARED);
  const nearest = [...known]
    .map((name) => ({ name, away: leven(name, wanted) }))
    .sort((one, other) => one.away - other.away)
    .slice(0, MOST_SUGGESTIONS)
    .map(({ name }) => name);
  return new GatewayError(
    'model_not_found',
    `The model ${quote(model)} does not exist. The nearest names are: ${nearest.join(', ')}`,
    { param: 'model' },
  );
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}

import type { GatewaySettings, RouteSettings } from '../config/gateway-settings.js';
import type { JsonObject } from '../contract/json.js';

const DEFAULT_ROUTE = 'auto';

/**
 * What a model's name stands for, as a part of a cache key. No name and `auto` are the default route by its name. A
 * route brings its targets, so that one that was pointed elsewhere does not serve what its former targets said.
 */
export function toAskedRoute(model: string | undefined, settings: GatewaySettings): JsonObject {
  const { routes, defaultRoute } = settings.routing;
  const isDefault = model === undefined || model === '';
  const route =
    routes.find(({ name }) => name === (isDefault ? defaultRoute : model)) ??
    (model === DEFAULT_ROUTE ? routes.find(({ name }) => name === defaultRoute) : undefined);
  return route === undefined ? { model } : { route: route.name, targets: listTargets(route, settings) };
}

function listTargets({ targets }: RouteSettings, { providers }: GatewaySettings): string[] {
  return targets.map(({ provider, model }) => {
    const served = model ?? providers.find(({ name }) => name === provider)?.model ?? '';
    return `${provider}/${served}`;
  });
}

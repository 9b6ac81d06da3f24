import { Injectable } from '@nestjs/common';
import type { GatewaySettings, RouteSettings, RouteStrategy } from '../config/gateway-settings.js';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { ProviderRegistry } from '../providers/provider-registry.js';

/** A model at a provider. */
export interface Target {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly weight: number;
  /** 1 is tried first; a level is exhausted before the next begins. */
  readonly priority: number;
}

/** `provider/model`, as in `Candidate.ids.target`. */
export function targetName({ endpoint, model }: Target): string {
  return `${endpoint.name}/${model}`;
}

export interface Route {
  /** Absent: made for one request from a provider or a bare model. */
  readonly name?: string | undefined;
  readonly strategy: RouteStrategy;
  readonly onContentFilter: 'stop' | 'next';
  readonly streamCommit: 'first-content' | 'buffered';
  /** When a stream begins without content; absent: never. */
  readonly earlyKeepAliveMs?: number | undefined;
  readonly hedgeAfterMs?: number | undefined;
  readonly targets: readonly Target[];
}

/** The routes of one configuration snapshot with their targets resolved. */
export interface Routes {
  readonly settings: GatewaySettings;
  readonly endpoints: ReadonlyMap<string, ProviderEndpoint>;
  readonly byName: ReadonlyMap<string, Route>;
  readonly defaultRoute: Route;
}

/** Prepares the routes of each configuration snapshot once. */
@Injectable()
export class RouteTable {
  private readonly prepared = new WeakMap<GatewaySettings, Routes>();

  constructor(private readonly registry: ProviderRegistry) {}

  routesOf(settings: GatewaySettings): Routes {
    let routes = this.prepared.get(settings);
    if (routes === undefined) {
      routes = this.prepare(settings);
      this.prepared.set(settings, routes);
    }
    return routes;
  }

  private prepare(settings: GatewaySettings): Routes {
    const endpoints = this.registry.endpointsOf(settings);
    const byName = new Map(
      settings.routing.routes.map((route) => [route.name, resolveRoute(route, endpoints)]),
    );
    const defaultRoute = byName.get(settings.routing.defaultRoute);
    if (defaultRoute === undefined) throw new Error(`no route named ${settings.routing.defaultRoute}`);
    return { settings, endpoints, byName, defaultRoute };
  }
}

function resolveRoute(route: RouteSettings, endpoints: ReadonlyMap<string, ProviderEndpoint>): Route {
  const targets: Target[] = [];
  for (const target of route.targets) {
    const endpoint = endpoints.get(target.provider);
    if (endpoint === undefined) throw new Error(`no provider named ${target.provider}`);
    targets.push({
      endpoint,
      model: target.model ?? endpoint.defaultModel,
      weight: target.weight,
      priority: target.priority,
    });
  }
  return {
    name: route.name,
    strategy: route.strategy,
    onContentFilter: route.onContentFilter,
    streamCommit: route.streamCommit,
    earlyKeepAliveMs: route.earlyKeepAliveMs,
    hedgeAfterMs: route.hedgeAfterMs,
    // A stable sort: within a level the order of the file stands.
    targets: targets.sort((one, other) => one.priority - other.priority),
  };
}

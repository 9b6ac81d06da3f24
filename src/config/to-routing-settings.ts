import { AUTO_ROUTE, DEFAULTS } from './defaults.js';
import type {
  ProviderSettings,
  RouteSettings,
  RouteTargetSettings,
  RoutingSettings,
} from './gateway-settings.js';
import type { RouteConfig } from './route.config.js';
import type { RoutingConfig } from './routing.config.js';
import type { TargetConfig } from './target.config.js';
import { toMilliseconds } from './to-milliseconds.js';

export function toRoutingSettings(
  routing: RoutingConfig,
  providers: readonly ProviderSettings[],
): RoutingSettings {
  const cooldown = routing.cooldown ?? DEFAULTS.routing.cooldown;
  const cooldownMs = toMilliseconds(cooldown);
  const given = routing.routes ?? [];
  const routes = given.length > 0 ? given.map(toRoute) : [autoRoute(providers)];
  const first = routes.find(({ name }) => name === AUTO_ROUTE) ?? routes[0];
  return {
    cooldownMs,
    maxCooldownMs: routing.max_cooldown === undefined ? cooldownMs : toMilliseconds(routing.max_cooldown),
    failuresBeforeCooldown: routing.failures_before_cooldown ?? DEFAULTS.routing.failures_before_cooldown,
    maxAttempts: routing.max_attempts ?? DEFAULTS.routing.max_attempts,
    maxWaitMs: toMilliseconds(routing.max_wait ?? DEFAULTS.routing.max_wait),
    rateLimitWaitMs: toMilliseconds(routing.rate_limit_wait ?? DEFAULTS.routing.rate_limit_wait),
    defaultRoute: routing.default_route ?? first?.name ?? AUTO_ROUTE,
    routes,
  };
}

export const DEFAULT_EARLY_KEEP_ALIVE_MS = toMilliseconds(DEFAULTS.route.early_keep_alive);

function toEarlyKeepAlive(written: string): number | undefined {
  return written === 'off' ? undefined : toMilliseconds(written);
}

function autoRoute(providers: readonly ProviderSettings[]): RouteSettings {
  return {
    name: AUTO_ROUTE,
    strategy: DEFAULTS.route.strategy,
    streamCommit: DEFAULTS.route.stream_commit,
    earlyKeepAliveMs: DEFAULT_EARLY_KEEP_ALIVE_MS,
    onContentFilter: DEFAULTS.route.on_content_filter,
    targets: providers.map(({ name }) => ({ provider: name, ...DEFAULTS.target })),
  };
}

function toRoute(route: RouteConfig): RouteSettings {
  return {
    name: route.name,
    strategy: route.strategy ?? DEFAULTS.route.strategy,
    hedgeAfterMs: route.hedge_after === undefined ? undefined : toMilliseconds(route.hedge_after),
    streamCommit: route.stream_commit ?? DEFAULTS.route.stream_commit,
    earlyKeepAliveMs: toEarlyKeepAlive(route.early_keep_alive ?? DEFAULTS.route.early_keep_alive),
    onContentFilter: route.on_content_filter ?? DEFAULTS.route.on_content_filter,
    targets: route.targets.map(toTarget),
  };
}

/** Only the first slash divides: a model's own name may have more of them. */
function toTarget({ target, weight, priority }: TargetConfig): RouteTargetSettings {
  const slash = target.indexOf('/');
  return {
    provider: slash < 0 ? target : target.slice(0, slash),
    model: slash < 0 ? undefined : target.slice(slash + 1),
    weight: weight ?? DEFAULTS.target.weight,
    priority: priority ?? DEFAULTS.target.priority,
  };
}

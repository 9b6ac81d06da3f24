import type { ProviderPreferences } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import { findUnmet, type TargetFacts } from './find-unmet.js';
import { checkProviderNames, isForeign } from './provider-names.js';
import { targetName, type Routes, type Target } from './route-table.js';

/**
 * Narrows and orders targets as the `provider` object of a request asks: `only` and `ignore` by provider name, filters by
 * what is known of each target, `order` first, nobody after the first (or after those of `order`) when `allow_fallbacks` is
 * false. A target whose vendor understands the object itself obeys the filters there, and the names that are its own.
 * https://openrouter.ai/docs/features/provider-routing
 * @throws GatewayError `invalid_request` for a name that nobody has, `no_matching_provider` when nobody is left
 */
export function applyPreferences(
  targets: readonly Target[],
  preferences: ProviderPreferences | undefined,
  routes: Pick<Routes, 'endpoints'>,
  facts: TargetFacts,
): readonly Target[] {
  if (preferences === undefined) return targets;
  const { order = [], only, ignore = [], allowFallbacks = true } = preferences;
  const isRelayed = targets.some(obeysByItself);
  if (!isRelayed) checkProviderNames({ order, only, ignore }, routes);
  const reasons = new Map<string, string>();
  const allowed = targets.filter((target) => {
    const reason = isNamed(target, only, ignore, routes) ?? findUnmet(target, preferences, facts);
    if (reason !== undefined) reasons.set(targetName(target), reason);
    return reason === undefined;
  });
  const first = order.flatMap((name) => allowed.filter(({ endpoint }) => endpoint.name === name));
  const others = allowed.filter((target) => !first.includes(target));
  const ordered = allowFallbacks ? [...first, ...others] : first.length > 0 ? first : others.slice(0, 1);
  if (ordered.length === 0) {
    const details = [...reasons].map(([name, reason]) => `${name}: ${reason}`);
    throw new GatewayError(
      'no_matching_provider',
      `provider leaves nobody for this model: ${details.join('; ')}`,
      { param: 'provider', details },
    );
  }
  return ordered;
}

function obeysByItself({ endpoint, model }: Target): boolean {
  return endpoint.traitsOf(model).preferences === 'all';
}

/** Why `only` and `ignore` leave it out; `undefined`: they do not. */
function isNamed(
  target: Target,
  only: readonly string[] | undefined,
  ignore: readonly string[],
  routes: Pick<Routes, 'endpoints'>,
): string | undefined {
  const { name } = target.endpoint;
  if (ignore.includes(name)) return 'ignored';
  if (only === undefined || only.includes(name)) return undefined;
  if (obeysByItself(target) && only.some((each) => isForeign(each, routes))) return undefined;
  return 'not among only';
}

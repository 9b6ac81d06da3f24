import type { ProviderPreferences } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Target } from './route-table.js';

/**
 * Narrows and orders targets as OpenRouter's `provider` object asks: `only` and `ignore` by provider name, `order`
 * first, nobody after the first (or after those of `order`) when `allow_fallbacks` is false.
 * https://openrouter.ai/docs/features/provider-routing
 * @throws GatewayError `invalid_request` when they leave nobody
 */
export function applyPreferences(
  targets: readonly Target[],
  preferences: ProviderPreferences | undefined,
): readonly Target[] {
  if (preferences === undefined) return targets;
  const { order = [], only, ignore = [], allowFallbacks = true } = preferences;
  const allowed = targets.filter(
    ({ endpoint: { name } }) => (only === undefined || only.includes(name)) && !ignore.includes(name),
  );
  const first = order.flatMap((name) => allowed.filter(({ endpoint }) => endpoint.name === name));
  const others = allowed.filter((target) => !first.includes(target));
  const ordered = allowFallbacks ? [...first, ...others] : first.length > 0 ? first : others.slice(0, 1);
  if (ordered.length === 0) {
    const names = [...new Set(targets.map(({ endpoint }) => endpoint.name))].join(', ');
    throw new GatewayError(
      'invalid_request',
      `provider leaves no provider for this model; it is served by: ${names}`,
      { param: 'provider' },
    );
  }
  return ordered;
}

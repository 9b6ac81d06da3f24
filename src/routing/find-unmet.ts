import type { ProviderPreferences } from '../contract/chat-request.js';
import type { Target } from './route-table.js';

/** What is to be known of a target before it is filtered. */
export interface TargetFacts {
  /** US dollars per million tokens; `null` where no price is known. */
  readonly pricesOf?: ((target: Target) => TokenPrices | null) | undefined;
  /** Members of the request that would be left out at this target. */
  readonly droppedBy?: ((target: Target) => readonly string[]) | undefined;
}

interface TokenPrices {
  readonly prompt: number;
  readonly completion: number;
}

/** The first filter of a request that a target does not meet, in words; `undefined`: it meets all of them. */
export function findUnmet(
  target: Target,
  preferences: ProviderPreferences,
  facts: TargetFacts,
): string | undefined {
  const { endpoint, model } = target;
  const understood = endpoint.traitsOf(model).preferences;
  if (understood === 'all') return undefined;
  const { zdr, denyCollection, maxPrice, requireParameters, others = [] } = preferences;
  const { data } = endpoint.settings;
  if (zdr === true && data?.retention !== 'zero') return 'not known to keep nothing (data.retention: zero)';
  if (denyCollection === true && data?.training !== 'never') {
    return 'not known to train on nothing (data.training: never)';
  }
  if (maxPrice !== undefined) {
    const reason = judgePrice(facts.pricesOf?.(target) ?? null, maxPrice);
    if (reason !== undefined) return reason;
  }
  if (requireParameters === true) {
    const dropped = facts.droppedBy?.(target) ?? [];
    if (dropped.length > 0) return `would leave out ${dropped.join(', ')}`;
  }
  const beyond = others.filter((name) => understood?.includes(name) !== true);
  return beyond.length === 0 ? undefined : `cannot tell provider.${beyond.join(', provider.')}`;
}

function judgePrice(
  prices: TokenPrices | null,
  { prompt, completion }: NonNullable<ProviderPreferences['maxPrice']>,
): string | undefined {
  if (prompt === undefined && completion === undefined) return undefined;
  if (prices === null) return 'its price is not known';
  const isDear =
    (prompt !== undefined && prices.prompt > prompt) ||
    (completion !== undefined && prices.completion > completion);
  return isDear ? 'dearer than max_price' : undefined;
}

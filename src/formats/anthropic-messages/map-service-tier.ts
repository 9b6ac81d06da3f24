/** Anthropic's words for the tier that was asked for or that served, in OpenAI's words, which are the canonical ones. */
export function decodeServiceTier(tier: string): string | undefined {
  if (tier === '') return undefined;
  return tier === 'standard' || tier === 'standard_only' ? 'default' : tier;
}

/** `undefined` for tiers that Anthropic's answers do not know. */
export function encodeServedTier(tier: string | undefined): string | undefined {
  if (tier === 'default') return 'standard';
  return tier === 'priority' || tier === 'batch' ? tier : undefined;
}

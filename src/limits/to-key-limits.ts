import type { GatewayKeySettings } from '../config/gateway-settings.js';
import type { KeyLimits } from './limited-key.js';
import { NANO_PER_USD } from './format-usd.js';

type LimitSettings = Pick<
  GatewayKeySettings,
  'requestsPerMinute' | 'tokensPerMinute' | 'maxParallel' | 'budgetUsd' | 'budgetPeriod'
>;

/** The limits of a key, from its settings. */
export function toKeyLimits(settings: LimitSettings): KeyLimits {
  const { requestsPerMinute, tokensPerMinute, maxParallel, budgetUsd, budgetPeriod } = settings;
  const budgetNano = budgetUsd === undefined ? undefined : Math.round(budgetUsd * NANO_PER_USD);
  return { requestsPerMinute, tokensPerMinute, maxParallel, budgetNano, budgetPeriod };
}

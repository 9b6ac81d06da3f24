import type { BodyOverlay, CallSettings, ProviderSettings } from '../config/gateway-settings.js';
import { matchesPattern } from './matches-pattern.js';
import { merge } from './overlay-body.js';

/** How a provider's calls for one model are made: its own settings, and over them those of `model_options` that fit. */
export function callSettingsOf(provider: ProviderSettings, model: string): CallSettings {
  let settings: CallSettings = provider;
  for (const { pattern, settings: upper } of provider.modelOptions ?? []) {
    if (!matchesPattern(pattern, model)) continue;
    settings = {
      ...settings,
      ...upper,
      headers: { ...settings.headers, ...upper.headers },
      body: joinOverlays(settings.body, upper.body),
    };
  }
  return settings;
}

function joinOverlays(
  lower: BodyOverlay | undefined,
  upper: BodyOverlay | undefined,
): BodyOverlay | undefined {
  if (lower === undefined || upper === undefined) return upper ?? lower;
  return {
    set: merge(lower.set, upper.set),
    default: merge(lower.default, upper.default),
    remove: [...new Set([...lower.remove, ...upper.remove])],
  };
}

import { matchesPattern } from '../providers/matches-pattern.js';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import type { Routes } from './route-table.js';

export interface ListedModel {
  readonly id: string;
  /** The provider, or `sluice` for a route. */
  readonly ownedBy: string;
}

/** Routes first, then every `provider/model` that can be called, as far as the patterns allow. */
export function listModels(routes: Routes, allowedModels: readonly string[]): readonly ListedModel[] {
  const models: ListedModel[] = [...routes.byName.keys()].map((id) => ({ id, ownedBy: 'sluice' }));
  for (const endpoint of routes.endpoints.values()) {
    if (endpoint.unusable !== undefined) continue;
    for (const model of endpoint.modelNames) {
      models.push({ id: `${endpoint.name}/${model}`, ownedBy: endpoint.name });
    }
  }
  return models.filter(({ id, ownedBy }) => {
    const bare = ownedBy === 'sluice' ? id : id.slice(ownedBy.length + 1);
    return allowedModels.some((pattern) => matchesPattern(pattern, id) || matchesPattern(pattern, bare));
  });
}

/** The models of a provider that callers can reach: those that it lists by name and those of routes. */
export function reachableModels(endpoint: ProviderEndpoint, { byName }: Routes): readonly string[] {
  const models = new Set(endpoint.modelNames);
  for (const { targets } of byName.values()) {
    for (const target of targets) if (target.endpoint === endpoint) models.add(target.model);
  }
  return [...models];
}

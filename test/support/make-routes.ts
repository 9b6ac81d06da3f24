import { loadSettings } from '../../src/config/load-settings.js';
import { AnthropicAdapter } from '../../src/providers/anthropic/anthropic.adapter.js';
import { DeepseekAdapter } from '../../src/providers/deepseek/deepseek.adapter.js';
import { OpenaiAdapter } from '../../src/providers/openai/openai.adapter.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { Candidate } from '../../src/routing/candidate.js';
import { RouteTable, type Routes, type Target } from '../../src/routing/route-table.js';

/** The routes of a configuration file's text, without an application around them. Vendors: openai, deepseek, anthropic. */
export function makeRoutes(yaml: string): Routes {
  const registry = new ProviderRegistry([new OpenaiAdapter(), new DeepseekAdapter(), new AnthropicAdapter()]);
  const settings = loadSettings({ GATEWAY_CONFIG: 'a.yaml' }, () => yaml);
  return new RouteTable(registry).routesOf(settings);
}

export function targetsOf(routes: Routes, route: string): readonly Target[] {
  const found = routes.byName.get(route);
  if (found === undefined) throw new Error(`no route named ${route}`);
  return found.targets;
}

/** The candidate of a provider's default model, by the position of its key. */
export function candidateOf(routes: Routes, provider: string, key = 0, model?: string): Candidate {
  const endpoint = routes.endpoints.get(provider);
  const found = endpoint?.keys[key];
  if (endpoint === undefined || found === undefined)
    throw new Error(`no provider ${provider} with so many keys`);
  return new Candidate(endpoint, model ?? endpoint.defaultModel, found);
}

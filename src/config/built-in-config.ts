import { apiKeyVariable } from './api-key-variable.js';
import { splitList, type Variables } from './variables.js';

/** The providers of a gateway that nobody configured, in the order of their priority. */
export const BUILT_IN_SOURCE = 'built-in default';

export const BUILT_IN_PROVIDERS: readonly { name: string; vendor: string; model: string }[] = [
  { name: 'deepseek', vendor: 'deepseek', model: 'deepseek-chat' },
  { name: 'openai', vendor: 'openai', model: 'gpt-4o-mini' },
  { name: 'anthropic', vendor: 'anthropic', model: 'claude-haiku-4-5' },
];

/** What holds without any file: those providers whose key is in the environment, and the defaults. */
export function builtInProviders(variables: Variables) {
  return BUILT_IN_PROVIDERS.filter(
    ({ name, vendor }) => splitList(variables[apiKeyVariable(vendor, name)] ?? '').length > 0,
  );
}

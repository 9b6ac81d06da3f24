import { apiKeyVariable } from './api-key-variable.js';
import { isHeaderValue, KEY_WORDS } from './header-value.js';
import type { ProviderConfig } from './provider.config.js';
import { splitList, type Variables } from './variables.js';

/** What is wrong with the keys that stand in the vendors' own variables, a line for each variable. */
export function checkVendorKeys(
  providers: readonly Partial<ProviderConfig>[],
  variables: Variables,
): readonly string[] {
  const faults = new Set<string>();
  for (const { name, vendor, api_keys: keys } of providers) {
    // What is missing is a fault of its own.
    if (name === undefined || vendor === undefined || keys !== undefined) continue;
    const variable = apiKeyVariable(vendor, name);
    if (splitList(variables[variable] ?? '').every(isHeaderValue)) continue;
    faults.add(
      `environment: ${variable}: found a value that is not shown, expected ${KEY_WORDS}; several with commas between`,
    );
  }
  return [...faults];
}

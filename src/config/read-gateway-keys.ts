import type { ConfigDocument } from './config-document.js';
import { DEFAULTS } from './defaults.js';
import type { GatewayKeySettings } from './gateway-settings.js';
import type { GatewayKeyConfig } from './gateway-key.config.js';
import { isHeaderValue, KEY_WORDS } from './header-value.js';
import { splitList } from './variables.js';

/**
 * The keys of `GATEWAY_API_KEYS`: `name:secret` pairs with commas between; the secret may hold colons.
 *
 * @param fileKeys the keys of the file, whose names and secrets these may not repeat
 */
export function readGatewayKeys(
  variable: string,
  fileKeys: readonly Partial<GatewayKeyConfig>[],
  document: ConfigDocument,
): { keys: GatewayKeySettings[]; faults: string[] } {
  const names = new Map(fileKeys.map(({ name }) => [name, document.source]));
  const secrets = new Set(fileKeys.map(({ key }) => key?.trim()));
  const keys: GatewayKeySettings[] = [];
  const faults: string[] = [];
  splitList(variable).forEach((pair, index) => {
    const colon = pair.indexOf(':');
    const name = pair.slice(0, Math.max(colon, 0)).trim();
    const secret = pair.slice(colon + 1).trim();
    const fault = (found: string, expected: string) =>
      faults.push(`environment: GATEWAY_API_KEYS: found ${found}, expected ${expected}`);
    if (colon < 0 || name === '' || secret === '') {
      // Not even the part before the colon is shown: in a pair without one, it would be the secret.
      const what = colon < 0 ? 'no colon' : name === '' ? 'no name' : 'no secret';
      fault(`${what} in pair ${index + 1}`, 'name:secret pairs with commas between');
    } else if (!isHeaderValue(secret)) {
      fault(`in pair ${index + 1} a secret that is not shown`, KEY_WORDS);
    } else if (names.has(name)) {
      fault(
        `the name "${name}" in pair ${index + 1}`,
        `a name of its own: ${names.get(name) ?? ''} has it already`,
      );
    } else if (secrets.has(secret)) {
      fault(`in pair ${index + 1} the secret of another key`, 'a secret of its own');
    } else {
      names.set(name, 'an earlier pair');
      secrets.add(secret);
      const { models, budget_period: budgetPeriod, shared_cache: sharedCache } = DEFAULTS.key;
      keys.push({ name, secret, models, budgetPeriod, sharedCache });
    }
  });
  return { keys, faults };
}

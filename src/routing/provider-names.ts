import { suggestion } from '../config/nearest-name.js';
import { VENDOR_NAMES } from '../config/vendor-names.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Routes } from './route-table.js';

/** Callers choose the names, and a comparison takes time with their length. */
const LONGEST_COMPARED = 256;

type Providers = Pick<Routes, 'endpoints'>;

/** Whether it is no name of a provider here. */
export function isForeign(name: string, { endpoints }: Providers): boolean {
  return !endpoints.has(name);
}

/** @throws GatewayError `invalid_request` with the nearest name for one that nobody has, be it configured or not */
export function checkProviderNames(
  members: Readonly<Record<string, readonly string[] | undefined>>,
  providers: Providers,
): void {
  for (const [member, names = []] of Object.entries(members)) {
    for (const name of names) {
      if (isForeign(name, providers) && !isVendor(name)) {
        throw unknownProvider(name, `provider.${member}`, providers);
      }
    }
  }
}

/** A vendor that Sluice knows is no typo, also where nobody has configured it. */
export function isVendor(name: string): boolean {
  return (VENDOR_NAMES as readonly string[]).includes(name);
}

export function unknownProvider(name: string, param: string, { endpoints }: Providers): GatewayError {
  const known = [...endpoints.keys()];
  const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);
  const nearest = suggestion(name.slice(0, LONGEST_COMPARED), known);
  return new GatewayError(
    'invalid_request',
    `${param}: there is no provider ${shown}${nearest}; there are: ${known.join(', ')}`,
    { param },
  );
}

import type { NestExpressApplication } from '@nestjs/platform-express';
import { isIP } from 'node:net';
import { AdminKey } from './auth/admin-key.js';
import { isLoopbackAddress } from './auth/is-loopback.js';
import { StoredKeys } from './auth/stored-keys.js';
import type { ReportedProvider, StartReport } from './common/start-report.js';
import type { GatewaySettings } from './config/gateway-settings.js';
import type { ProviderEndpoint } from './providers/provider-endpoint.js';

const SET_KEYS = 'GATEWAY_API_KEYS, auth.keys or POST /admin/keys';

/** @param address where it listens, as a URL; @param host what it was told to listen on */
export function describeStart(
  app: NestExpressApplication,
  settings: GatewaySettings,
  endpoints: readonly ProviderEndpoint[],
  { address, host }: { readonly address: string; readonly host: string },
): StartReport {
  const hasKeys = settings.auth.keys.length > 0 || app.get(StoredKeys).wereEverMade;
  const callers = describeCallers(settings, hasKeys, host);
  return {
    address: isOpenTo(host) ? `${address} (HOST=${host}: others reach it too)` : address,
    documentation: `${address}/docs`,
    callers: isOpenTo(host) ? `${callers}; ${describePages(settings)}` : callers,
    admin: app.get(AdminKey).isSet ? 'on: /admin, with GATEWAY_ADMIN_KEY' : 'off: set GATEWAY_ADMIN_KEY',
    providers: endpoints.map(describeProvider),
    workers: 1,
  };
}

function describeCallers({ auth }: GatewaySettings, hasKeys: boolean, host: string): string {
  if (auth.mode === 'open') return 'everyone, without a key (auth.mode: open)';
  if (hasKeys) return 'whoever has a gateway key; others get 401';
  const here = 'this machine, without a key';
  return isOpenTo(host) ? `${here}; others get 403 until there is a gateway key (${SET_KEYS})` : here;
}

function describePages({ auth }: GatewaySettings): string {
  return auth.publicOperations
    ? '/health, /metrics and /docs are readable by everyone'
    : 'of /health everyone reads the status alone';
}

/** Whether others than this machine may reach it. */
function isOpenTo(host: string): boolean {
  return isIP(host) === 0 ? host !== 'localhost' : !isLoopbackAddress(host);
}

function describeProvider({ name, defaultModel, keys, unusable }: ProviderEndpoint): ReportedProvider {
  return { name, model: defaultModel || null, keys: keys.length, unusable: unusable ?? null };
}

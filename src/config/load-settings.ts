import { BUILT_IN_PROVIDERS, BUILT_IN_SOURCE, builtInProviders } from './built-in-config.js';
import { checkConfig } from './check-config.js';
import { checkVendorKeys } from './check-vendor-keys.js';
import { ConfigDocument } from './config-document.js';
import { ConfigFault } from './config-fault.js';
import { readEnvironment, type EnvironmentSettings } from './environment.js';
import type { GatewaySettings } from './gateway-settings.js';
import { parseConfigFile } from './parse-config-file.js';
import { readGatewayKeys } from './read-gateway-keys.js';
import { readTlsFiles } from './read-tls-files.js';
import { toGatewaySettings } from './to-gateway-settings.js';
import { withoutEmptyVariables, type Variables } from './variables.js';

/** The text of a file, or undefined when there is none; throws what the file system throws otherwise. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Reads the file that the environment names, or takes the built-in default, checks everything, and gives the snapshot.
 *
 * @throws ConfigFault with every fault of the file and of the environment at once
 */
export function loadSettings(given: Variables, readFile: ReadFile): GatewaySettings {
  const variables = withoutEmptyVariables(given);
  const environment = readEnvironment(variables);
  const faults: string[] = [];
  const document = readDocument(environment.settings, variables, readFile, faults);
  const config = checkConfig(document);
  const environmentKeys = readGatewayKeys(
    variables['GATEWAY_API_KEYS'] ?? '',
    config.auth?.keys ?? [],
    document,
  );
  const tls = (config.providers ?? []).map((provider, index) =>
    readTlsFiles(provider.tls, ['providers', index, 'tls'], document, readFile),
  );
  faults.push(...checkVendorKeys(config.providers ?? BUILT_IN_PROVIDERS, variables));
  faults.push(...document.faults, ...environment.faults, ...environmentKeys.faults);
  if (faults.length > 0) {
    throw new ConfigFault(faults);
  }
  return toGatewaySettings(config, document, variables, {
    keys: environmentKeys.keys,
    proxies: environment.settings.proxies,
    tls,
  });
}

/** An unreadable file gives an empty document and faults, so that the faults of the environment are listed as well. */
function readDocument(
  { configPath, configPathGiven }: EnvironmentSettings,
  variables: Variables,
  readFile: ReadFile,
  faults: string[],
): ConfigDocument {
  const builtIn = { providers: builtInProviders(variables) };
  try {
    const text = readFile(configPath);
    if (text !== undefined) {
      return parseConfigFile(configPath, text, variables);
    }
    if (!configPathGiven) {
      // Without any key all of them are kept, unusable, so that the start can name the variables to set.
      const values = builtIn.providers.length > 0 ? builtIn : {};
      return new ConfigDocument(BUILT_IN_SOURCE, values, variables, new Map());
    }
    faults.push(
      `environment: GATEWAY_CONFIG: found "${configPath}", expected the path of a file: there is none`,
    );
  } catch (error) {
    if (error instanceof ConfigFault) {
      faults.push(...error.faults);
    } else {
      const reason = error instanceof Error ? error.message : String(error);
      faults.push(`${configPath}: found a file that cannot be read (${reason}), expected a readable one`);
    }
  }
  return new ConfigDocument(configPath, {}, variables, new Map());
}

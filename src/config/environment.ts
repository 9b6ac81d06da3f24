import { registerAs } from '@nestjs/config';
import { availableParallelism } from 'node:os';
import { readDatabaseUrl } from './database-url.js';
import { DEFAULT_CONFIG_PATH } from './defaults.js';
import { describeValue } from './config-document.js';
import type { ProxySettings } from './gateway-settings.js';
import { isHeaderValue, KEY_WORDS } from './header-value.js';
import { suggestion } from './nearest-name.js';
import { PROXY_WORDS, readProxyVariables } from './proxy-url.js';
import { readRedisUrl } from './redis-url.js';
import { withoutEmptyVariables, type Variables } from './variables.js';

/** What the environment says about the process itself. Vendor and gateway keys go into `GatewaySettings`. */
export interface EnvironmentSettings {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  readonly configPath: string;
  /** `GATEWAY_CONFIG` is set, so the file must be there. */
  readonly configPathGiven: boolean;
  /** Absent: the admin API is closed. */
  readonly adminKey?: string | undefined;
  readonly databaseUrl: string;
  /** Absent: state lives in the process. */
  readonly redisUrl?: string | undefined;
  /** Processes that serve; 1: this one. */
  readonly workers: number;
  readonly logLevel: string;
  /** The way to vendors; absent: calls are direct. */
  readonly proxies?: ProxySettings | undefined;
  /** Absent: no tracing. */
  readonly otlpEndpoint?: string | undefined;
}

/** More than any machine has cores: a slip of the keyboard must not start thousands. */
const MOST_WORKERS = 1_024;

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A copy of the variables of the process. Nothing else in Sluice reads them. */
export function readVariables(): Variables {
  return { ...process.env };
}

/**
 * The environment for `@Inject(environment.KEY) environment: ConfigType<typeof environment>`. A wrong variable does not
 * throw here: `loadSettings` lists it together with the faults of the file, before anything listens.
 */
export const environment = registerAs(
  'environment',
  (): EnvironmentSettings => readEnvironment(readVariables()).settings,
);

/** Reads and checks the variables; a wrong one makes a fault line and counts as unset. */
export function readEnvironment(variables: Variables): { settings: EnvironmentSettings; faults: string[] } {
  const given = withoutEmptyVariables(variables);
  const faults: string[] = [];

  function read(
    name: string,
    accepts: (value: string) => boolean,
    expected: string | (() => string),
  ): string | undefined {
    const value = given[name]?.trim();
    if (value === undefined || accepts(value)) {
      return value;
    }
    const shown =
      value.includes('@') || name.includes('KEY') ? 'a value that is not shown' : describeValue(value);
    const words = typeof expected === 'string' ? expected : expected();
    faults.push(`environment: ${name}: found ${shown}, expected ${words}`);
    return undefined;
  }

  /** The same for what has a reader that says what is wrong. */
  function readBy(name: string, reader: (value: string) => unknown): string | undefined {
    let expected = '';
    const accepts = (value: string): boolean => {
      try {
        reader(value);
        return true;
      } catch (error) {
        expected = (error as Error).message;
        return false;
      }
    };
    return read(name, accepts, () => expected);
  }

  const anything = () => true;
  const level = given['LOG_LEVEL']?.trim().toLowerCase();
  const settings: EnvironmentSettings = {
    port: Number(read('PORT', isPort, 'a port number from 0 to 65535') ?? 8000),
    host: read('HOST', (value) => /^[^\s/]+$/.test(value), 'an address or a host name') ?? '127.0.0.1',
    configPath: read('GATEWAY_CONFIG', anything, 'a path') ?? DEFAULT_CONFIG_PATH,
    configPathGiven: given['GATEWAY_CONFIG'] !== undefined,
    adminKey: read('GATEWAY_ADMIN_KEY', isHeaderValue, KEY_WORDS),
    databaseUrl: readBy('DATABASE_URL', readDatabaseUrl) ?? 'sqlite:data/sluice.db',
    redisUrl: readBy('REDIS_URL', readRedisUrl),
    workers: toWorkers(
      read(
        'WORKERS',
        isWorkers,
        `a whole number from 1 to ${String(MOST_WORKERS)}, or auto: one for each core`,
      ),
    ),
    logLevel:
      read(
        'LOG_LEVEL',
        () => LOG_LEVELS.some((known) => known === level),
        `one of ${LOG_LEVELS.join(', ')}${suggestion(level, LOG_LEVELS)}`,
      )?.toLowerCase() ?? 'info',
    proxies: readProxyVariables(given, (name) => {
      faults.push(`environment: ${name}: found a value that is not shown, expected ${PROXY_WORDS}`);
    }),
    otlpEndpoint: read(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      (value) => isUrlOf(value, /^https?:\/\//),
      'a URL that begins with http:// or https://',
    ),
  };
  return { settings, faults };
}

function isWorkers(value: string): boolean {
  return value === 'auto' || (/^[1-9]\d{0,3}$/.test(value) && Number(value) <= MOST_WORKERS);
}

function toWorkers(value: string | undefined): number {
  return value === 'auto' ? availableParallelism() : Number(value ?? 1);
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535;
}

function isUrlOf(value: string, scheme: RegExp): boolean {
  return scheme.test(value) && URL.canParse(value);
}

import { parseDuration } from '../config/duration.js';
import type { CacheSettings } from '../config/gateway-settings.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { CacheDirectives } from './cache-directives.js';

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

const CONTROL = 'cache-control';
const TTL = 'x-sluice-cache-ttl';
const SCOPE = 'x-sluice-cache-scope';
const LONGEST_TTL_MS = 30 * 86_400_000;

/** The directives that mean something here: https://www.rfc-editor.org/rfc/rfc9111#name-request-directives */
interface CacheControl {
  readonly noStore: boolean;
  readonly noCache: boolean;
  /** Milliseconds. */
  readonly maxAgeMs: number | undefined;
}

/**
 * Reads what a request's headers want of the cache: `cache-control`, `x-sluice-cache-ttl`, `x-sluice-cache-scope`. Where
 * the mode is `on-request`, a time is the request: `x-sluice-cache-ttl`, or a `max-age` above 0.
 *
 * @param sharedCache whether the caller's key may use answers that keys share
 * @throws GatewayError `invalid_request` that names the header, what was found and what was expected
 */
export function readCacheDirectives(
  headers: RequestHeaders,
  { mode, ttlMs }: CacheSettings,
  sharedCache: boolean,
): CacheDirectives {
  const control = readCacheControl(readHeader(headers, CONTROL));
  const wantedTtl = readTtl(readHeader(headers, TTL));
  const scope = readScope(readHeader(headers, SCOPE), sharedCache);
  const { noStore, noCache, maxAgeMs } = control;
  const isRequested = wantedTtl !== undefined || (maxAgeMs !== undefined && maxAgeMs > 0);
  if (mode === 'off' || noStore || (mode === 'on-request' && !isRequested)) return { use: false };
  return {
    use: true,
    reads: !noCache && maxAgeMs !== 0,
    maxAgeMs: maxAgeMs ?? Infinity,
    ttlMs: wantedTtl ?? ttlMs,
    scope,
  };
}

function readHeader(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** Other directives are none of this cache's, and are passed over as the standard has it. */
function readCacheControl(text: string | undefined): CacheControl {
  let noStore = false;
  let noCache = false;
  let maxAgeMs: number | undefined;
  for (const directive of text?.split(',') ?? []) {
    const [name = '', ...value] = directive.split('=');
    switch (name.trim().toLowerCase()) {
      case 'no-store':
        noStore = true;
        break;
      case 'no-cache':
        noCache = true;
        break;
      case 'max-age':
        maxAgeMs = Math.min(maxAgeMs ?? Infinity, readMaxAge(value.join('=').trim()));
        break;
      default:
    }
  }
  return { noStore, noCache, maxAgeMs };
}

function readMaxAge(text: string): number {
  const digits = /^"?(\d{1,10})"?$/.exec(text)?.[1];
  if (digits !== undefined) return Number(digits) * 1_000;
  throw invalid(
    CONTROL,
    text === '' ? 'max-age without a value' : `max-age=${quote(text)}`,
    'max-age=SECONDS, a whole number',
  );
}

function readTtl(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  const milliseconds = /^\d+$/.test(trimmed) ? Number(trimmed) * 1_000 : parseDuration(trimmed);
  if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= LONGEST_TTL_MS) return milliseconds;
  throw invalid(
    TTL,
    quote(text),
    'seconds or a duration such as 10m, above 0 and at most 30d (cache-control: no-store keeps nothing)',
  );
}

function readScope(text: string | undefined, sharedCache: boolean): 'key' | 'shared' {
  const scope = text?.trim().toLowerCase() ?? 'key';
  if (scope !== 'key' && scope !== 'shared') throw invalid(SCOPE, quote(text ?? ''), 'key or shared');
  if (scope === 'shared' && !sharedCache)
    throw invalid(SCOPE, 'shared', 'key: shared_cache is not set for this gateway key');
  return scope;
}

function invalid(header: string, found: string, expected: string): GatewayError {
  const fault = `${header}: found ${found}, expected ${expected}`;
  return new GatewayError('invalid_request', fault, { param: header, details: [fault] });
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

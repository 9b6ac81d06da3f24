import { describe, expect, test } from 'vitest';
import type { CacheSettings } from '../config/gateway-settings.js';
import { GatewayError } from '../contract/gateway-error.js';
import { readCacheDirectives, type RequestHeaders } from './read-cache-directives.js';

const settings = (mode: CacheSettings['mode']): CacheSettings => ({ mode, ttlMs: 600_000, maxSizeBytes: 1 });
const read = (mode: CacheSettings['mode'], headers: RequestHeaders, shared = false) =>
  readCacheDirectives(headers, settings(mode), shared);
const control = (value: string): RequestHeaders => ({ 'cache-control': value });
const ttl = (value: string): RequestHeaders => ({ 'x-sluice-cache-ttl': value });

const ALWAYS = { use: true, reads: true, maxAgeMs: Infinity, ttlMs: 600_000, scope: 'key' };
const BYPASS = { use: false };

describe('what a request wants of the cache', () => {
  test.each<[CacheSettings['mode'], RequestHeaders, object]>([
    ['off', {}, BYPASS],
    ['off', ttl('10'), BYPASS],
    ['always', {}, ALWAYS],
    ['always', control('no-store'), BYPASS],
    ['always', control('No-Cache'), { ...ALWAYS, reads: false }],
    ['always', control('max-age=0'), { ...ALWAYS, reads: false, maxAgeMs: 0 }],
    ['always', control('public, max-age=30, stale-if-error=9'), { ...ALWAYS, maxAgeMs: 30_000 }],
    ['always', control('max-age="60", max-age=30'), { ...ALWAYS, maxAgeMs: 30_000 }],
    ['always', { 'cache-control': ['no-cache', 'max-age=5'] }, { ...ALWAYS, reads: false, maxAgeMs: 5_000 }],
    ['always', ttl('60'), { ...ALWAYS, ttlMs: 60_000 }],
    ['always', ttl('500ms'), { ...ALWAYS, ttlMs: 500 }],
    ['on-request', {}, BYPASS],
    ['on-request', control('no-cache'), BYPASS],
    ['on-request', control('max-age=0'), BYPASS],
    ['on-request', control('public'), BYPASS],
    ['on-request', control('max-age=30'), { ...ALWAYS, maxAgeMs: 30_000 }],
    ['on-request', ttl('10m'), ALWAYS],
    ['on-request', { ...ttl('1h'), ...control('no-cache') }, { ...ALWAYS, reads: false, ttlMs: 3_600_000 }],
    ['on-request', { ...ttl('1h'), ...control('no-store') }, BYPASS],
  ])('with %s and %j', (mode, headers, expected) => {
    expect(read(mode, headers)).toEqual(expected);
  });

  test('is the scope of its key, or the shared one where the key may', () => {
    expect(read('always', { 'x-sluice-cache-scope': 'key' })).toMatchObject({ scope: 'key' });
    expect(read('always', { 'x-sluice-cache-scope': 'Shared' }, true)).toMatchObject({ scope: 'shared' });
  });

  test.each<[RequestHeaders, string]>([
    [ttl('soon'), 'x-sluice-cache-ttl: found "soon", expected seconds or a duration such as 10m'],
    [ttl(''), 'x-sluice-cache-ttl: found "", expected seconds'],
    [ttl('0'), 'above 0 and at most 30d'],
    [ttl('31d'), 'above 0 and at most 30d'],
    [ttl('-5'), 'found "-5"'],
    [control('max-age'), 'cache-control: found max-age without a value, expected max-age=SECONDS'],
    [control('max-age=1.5'), 'cache-control: found max-age="1.5"'],
    [{ 'x-sluice-cache-scope': 'all' }, 'x-sluice-cache-scope: found "all", expected key or shared'],
    [{ 'x-sluice-cache-scope': 'shared' }, 'found shared, expected key: shared_cache is not set'],
  ])('is at fault with %j', (headers, message) => {
    for (const mode of ['off', 'on-request', 'always'] as const) {
      expect(() => read(mode, headers)).toThrow(GatewayError);
      expect(() => read(mode, headers)).toThrow(message);
    }
  });
});

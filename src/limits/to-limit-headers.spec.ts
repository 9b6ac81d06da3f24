import { describe, expect, test } from 'vitest';
import { toLimitHeaders } from './to-limit-headers.js';

const NOW = Date.parse('2026-11-25T12:00:00.400Z');

describe('toLimitHeaders', () => {
  test('writes them as OpenAI does', () => {
    const state = {
      requests: { limit: 60, remaining: 59, resetMs: 1_000 },
      tokens: { limit: 150_000, remaining: 149_984, resetMs: 360_000 },
    };
    expect(Object.fromEntries(toLimitHeaders(state, 'openai', NOW))).toEqual({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
    });
  });

  test.each([
    [0, '0s'],
    [19.2, '20ms'],
    [999, '999ms'],
    [8_640, '8.64s'],
    [59_999, '59.999s'],
    [72_172, '1m12.172s'],
  ])('a reset in %d ms is %s', (resetMs, text) => {
    const entries = toLimitHeaders({ requests: { limit: 1, remaining: 1, resetMs } }, 'openai', NOW);
    expect(Object.fromEntries(entries)['x-ratelimit-reset-requests']).toBe(text);
  });

  test('writes them as Anthropic does', () => {
    const state = {
      requests: { limit: 60, remaining: 0, resetMs: 0 },
      tokens: { limit: 1000, remaining: 10, resetMs: 59_600 },
    };
    expect(Object.fromEntries(toLimitHeaders(state, 'anthropic', NOW))).toEqual({
      'anthropic-ratelimit-requests-limit': '60',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-25T12:00:01Z',
      'anthropic-ratelimit-tokens-limit': '1000',
      'anthropic-ratelimit-tokens-remaining': '10',
      'anthropic-ratelimit-tokens-reset': '2026-11-25T12:01:00Z',
    });
  });

  test('says nothing of limits that the key does not have', () => {
    expect(toLimitHeaders({}, 'openai', NOW)).toEqual([]);
    const tokens = { limit: 5, remaining: 5, resetMs: 0 };
    expect(toLimitHeaders({ tokens }, 'anthropic', NOW).map(([name]) => name)).toEqual([
      'anthropic-ratelimit-tokens-limit',
      'anthropic-ratelimit-tokens-remaining',
      'anthropic-ratelimit-tokens-reset',
    ]);
  });
});

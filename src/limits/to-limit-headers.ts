import type { LimitStanding, LimitState } from './reservation.js';

export type HeaderEntry = readonly [name: string, value: string];

/**
 * Response headers that say how the limits per minute stand, of those limits that the key has: `x-ratelimit-*` as OpenAI
 * writes them (https://platform.openai.com/docs/guides/rate-limits), `anthropic-ratelimit-*` as Anthropic does
 * (https://docs.anthropic.com/en/api/rate-limits).
 *
 * @param now Unix milliseconds
 */
export function toLimitHeaders(state: LimitState, style: 'openai' | 'anthropic', now: number): HeaderEntry[] {
  const entries: HeaderEntry[] = [];
  for (const name of ['requests', 'tokens'] as const) {
    const standing = state[name];
    if (standing !== undefined) entries.push(...toEntries(name, standing, style, now));
  }
  return entries;
}

function toEntries(
  name: string,
  { limit, remaining, resetMs }: LimitStanding,
  style: 'openai' | 'anthropic',
  now: number,
): HeaderEntry[] {
  switch (style) {
    case 'openai':
      return [
        [`x-ratelimit-limit-${name}`, String(limit)],
        [`x-ratelimit-remaining-${name}`, String(remaining)],
        [`x-ratelimit-reset-${name}`, toDuration(resetMs)],
      ];
    case 'anthropic':
      return [
        [`anthropic-ratelimit-${name}-limit`, String(limit)],
        [`anthropic-ratelimit-${name}-remaining`, String(remaining)],
        [`anthropic-ratelimit-${name}-reset`, toWholeSecond(now + resetMs)],
      ];
  }
}

/** `20ms`, `1s`, `8.5s`, `6m0s`. */
function toDuration(milliseconds: number): string {
  const whole = Math.ceil(milliseconds);
  if (whole > 0 && whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = `${(whole % 60_000) / 1000}s`;
  return minutes === 0 ? seconds : `${minutes}m${seconds}`;
}

/** RFC 3339, without fractions of a second. */
function toWholeSecond(at: number): string {
  return new Date(Math.ceil(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

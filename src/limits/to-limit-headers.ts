import type { LimitState } from './reservation.js';

export type HeaderEntry = readonly [name: string, value: string];

export type HeaderStyle = 'openai' | 'anthropic';

/** Written out, as a name that is put together anew for each answer has to be looked up anew. */
const NAMES = {
  openai: {
    requests: ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
    tokens: ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  },
  anthropic: {
    requests: [
      'anthropic-ratelimit-requests-limit',
      'anthropic-ratelimit-requests-remaining',
      'anthropic-ratelimit-requests-reset',
    ],
    tokens: [
      'anthropic-ratelimit-tokens-limit',
      'anthropic-ratelimit-tokens-remaining',
      'anthropic-ratelimit-tokens-reset',
    ],
  },
} as const;

const RESETS: Record<HeaderStyle, (resetMs: number, now: number) => string> = {
  openai: toDuration,
  anthropic: (resetMs, now) => toWholeSecond(now + resetMs),
};

/**
 * Response headers that say how the limits per minute stand, of those limits that the key has: `x-ratelimit-*` as OpenAI
 * writes them (https://platform.openai.com/docs/guides/rate-limits), `anthropic-ratelimit-*` as Anthropic does
 * (https://docs.anthropic.com/en/api/rate-limits).
 *
 * @param now Unix milliseconds
 */
export function toLimitHeaders(state: LimitState, style: HeaderStyle, now: number): HeaderEntry[] {
  const entries: HeaderEntry[] = [];
  for (const name of ['requests', 'tokens'] as const) {
    const standing = state[name];
    if (standing === undefined) continue;
    const [limit, remaining, reset] = NAMES[style][name];
    const resets = RESETS[style](standing.resetMs, now);
    entries.push([limit, String(standing.limit)], [remaining, String(standing.remaining)], [reset, resets]);
  }
  return entries;
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

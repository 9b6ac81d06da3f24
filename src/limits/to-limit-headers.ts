import type { LimitStanding, LimitState } from './reservation.js';

export type HeaderEntry = readonly [name: string, value: string];

export type HeaderStyle = 'openai' | 'anthropic';

type Write = (name: string, standing: LimitStanding, now: number) => HeaderEntry[];

const WRITERS: Record<HeaderStyle, Write> = {
  openai: (name, { limit, remaining, resetMs }) => [
    [`x-ratelimit-limit-${name}`, String(limit)],
    [`x-ratelimit-remaining-${name}`, String(remaining)],
    [`x-ratelimit-reset-${name}`, toDuration(resetMs)],
  ],
  anthropic: (name, { limit, remaining, resetMs }, now) => [
    [`anthropic-ratelimit-${name}-limit`, String(limit)],
    [`anthropic-ratelimit-${name}-remaining`, String(remaining)],
    [`anthropic-ratelimit-${name}-reset`, toWholeSecond(now + resetMs)],
  ],
};

/**
 * Response headers that say how the limits per minute stand, of those limits that the key has: `x-ratelimit-*` as OpenAI
 * writes them (https://platform.openai.com/docs/guides/rate-limits), `anthropic-ratelimit-*` as Anthropic does
 * (https://docs.anthropic.com/en/api/rate-limits).
 *
 * @param now Unix milliseconds
 */
export function toLimitHeaders(state: LimitState, style: HeaderStyle, now: number): HeaderEntry[] {
  const write = WRITERS[style];
  return [
    ...(state.requests === undefined ? [] : write('requests', state.requests, now)),
    ...(state.tokens === undefined ? [] : write('tokens', state.tokens, now)),
  ];
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

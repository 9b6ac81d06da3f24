import { isJsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readObject, readString } from '../json/read-json.js';

type Headers = Readonly<Record<string, string | undefined>>;

/** Reset headers beside the header that says how much is left: a limit with something left is not the one that hit. */
const RESETS: readonly (readonly [reset: string, remaining: string])[] = [
  ['x-ratelimit-reset', 'x-ratelimit-remaining'],
  ['x-ratelimit-reset-requests', 'x-ratelimit-remaining-requests'],
  ['x-ratelimit-reset-tokens', 'x-ratelimit-remaining-tokens'],
  ['ratelimit-reset', 'ratelimit-remaining'],
  ['anthropic-ratelimit-requests-reset', 'anthropic-ratelimit-requests-remaining'],
  ['anthropic-ratelimit-tokens-reset', 'anthropic-ratelimit-tokens-remaining'],
  ['anthropic-ratelimit-input-tokens-reset', 'anthropic-ratelimit-input-tokens-remaining'],
  ['anthropic-ratelimit-output-tokens-reset', 'anthropic-ratelimit-output-tokens-remaining'],
];

/** No hint of a vendor counts for longer. */
const LONGEST_MS = 24 * 3_600_000;

/**
 * How long a vendor asks to wait, in milliseconds from `now` (Unix milliseconds), at most a day; `undefined` where it
 * does not say, or says zero, a time that is past, or what cannot be read. Of several hints the first readable one of
 * this order holds: `retry-after-ms`, `retry-after` (seconds or HTTP date), Gemini's `RetryInfo` in the body, and, of a
 * rate limit alone, the reset of a limit that is used up: of other errors such a header says nothing.
 */
export function readRetryAfter(
  headers: Headers,
  now: number,
  bodyJson: JsonValue | undefined,
  isRateLimit: boolean,
): number | undefined {
  const told =
    toHint(readPlainNumber(headers['retry-after-ms'])) ??
    toHint(readDelay(headers['retry-after'], now)) ??
    toHint(readRetryInfo(bodyJson));
  if (told !== undefined || !isRateLimit) return told;
  return toHint(readResets(headers, now)) ?? toHint(readResets(readNestedHeaders(bodyJson) ?? {}, now));
}

function toHint(milliseconds: number | undefined): number | undefined {
  if (milliseconds === undefined || !(milliseconds > 0)) return undefined;
  return Math.min(Math.ceil(milliseconds), LONGEST_MS);
}

/** Milliseconds of `1m30s`, `48.9s`, `120ms`, `1h8m26.585s`; `undefined` for anything else. */
function parseDuration(text: string): number | undefined {
  const match =
    /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/.exec(
      text.trim(),
    );
  if (match === null || match[0] === '') return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return Math.ceil(days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + milliseconds);
}

/** An HTTP date, or one of RFC 3339: of other words some engines make dates as well. */
const DATE = /^(?:[A-Za-z]{3,9}, ?\d|\d{4}-\d\d-\d\dT)/;

function readDelay(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const number = readPlainNumber(text);
  if (number !== undefined) return readInstant(number, now);
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  const date = DATE.test(text.trim()) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Small numbers are seconds to wait, larger ones a moment: Unix seconds, or milliseconds (OpenRouter). */
function readInstant(number: number, now: number): number {
  if (number > 1e11) return Math.max(0, Math.ceil(number - now));
  if (number > 1e9) return Math.max(0, Math.ceil(number * 1000 - now));
  return Math.ceil(number * 1000);
}

function readPlainNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d+(?:\.\d+)?\s*$/.test(text)) return undefined;
  return Number(text);
}

function readRetryInfo(json: JsonValue | undefined): number | undefined {
  const root = Array.isArray(json) ? json[0] : json;
  const error = readObject(readObject(root)?.['error']) ?? readObject(root);
  for (const detail of readArray(error?.['details'])) {
    if (!isJsonObject(detail)) continue;
    const delay = parseDuration(readString(detail['retryDelay']));
    if (delay !== undefined) return delay;
  }
  return undefined;
}

/** OpenRouter repeats its rate limit headers in the body, in their HTTP spelling. */
function readNestedHeaders(json: JsonValue | undefined): Headers | undefined {
  const nested = readObject(readObject(readObject(readObject(json)?.['error'])?.['metadata'])?.['headers']);
  if (nested === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(nested))
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  return headers;
}

function readResets(headers: Headers, now: number): number | undefined {
  let longest: number | undefined;
  for (const [resetName, remainingName] of RESETS) {
    const reset = headers[resetName];
    const remaining = headers[remainingName];
    if (reset === undefined || (remaining !== undefined && Number(remaining) > 0)) continue;
    const wait = readDelay(reset, now);
    if (wait !== undefined && (longest === undefined || wait > longest)) longest = wait;
  }
  return longest;
}

import type { JsonValue } from '../../contract/json.js';
import { codeAt } from './code-at.js';

/** Doubles hold every number of fewer characters exactly. */
const LONG_NUMBER = 16;

interface RawNumber {
  readonly rawJSON: string;
}

/** Source text access, which the TypeScript library does not declare yet. */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): JsonValue;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
const JSON_WITH_SOURCE = JSON as unknown as JsonWithSource;

/**
 * `JSON.parse`, but a number that a double cannot hold (a 20-digit id, a decimal of 30 places) survives a later
 * `JSON.stringify`: it is kept as a raw JSON value, which `toNumber` reads.
 * @throws SyntaxError
 */
export function parseJson(text: string): JsonValue {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (!hasLongNumber(source)) return JSON.parse(source) as JsonValue;
  return JSON_WITH_SOURCE.parse(source, (_key, value, context) =>
    typeof value === 'number' &&
    context.source !== undefined &&
    context.source.length >= LONG_NUMBER &&
    !isSameNumber(value, context.source)
      ? JSON_WITH_SOURCE.rawJSON(context.source)
      : value,
  );
}

/** The value as a number, also where `parseJson` kept it raw; `undefined` where it is none. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return JSON_WITH_SOURCE.isRawJSON(value) ? Number(value.rawJSON) : undefined;
}

/**
 * Whether digits and points stand in a row that is long enough. A row of 16 covers every 16th position at least once,
 * so that only those are looked at. A row inside a string only costs the slower way.
 */
function hasLongNumber(text: string): boolean {
  const { length } = text;
  for (let position = LONG_NUMBER - 1; position < length; position += LONG_NUMBER) {
    if (!isNumberCode(codeAt(text, position))) continue;
    let start = position;
    while (start > 0 && isNumberCode(codeAt(text, start - 1))) start -= 1;
    let end = position + 1;
    while (end - start < LONG_NUMBER && isNumberCode(codeAt(text, end))) end += 1;
    if (end - start >= LONG_NUMBER) return true;
  }
  return false;
}

function isNumberCode(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2e;
}

/** `-1.9e-07` and `-1.9e-7` are the same number in two spellings and stay plain. */
function isSameNumber(value: number, source: string): boolean {
  return String(value) === source || digits(String(value)) === digits(source);
}

function digits(number: string): string {
  return number
    .toLowerCase()
    .replace(
      /e([+-]?)0*(\d)/,
      (_match, sign: string, digit: string) => `e${sign === '+' ? '' : sign}${digit}`,
    );
}

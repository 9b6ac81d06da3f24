import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { toNumber } from './parse-json.js';

/** The value where it is a string, else empty. For vendor output, which is read for what is needed. */
export function readString(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The value where it is a finite number, else `undefined`. */
export function readNumber(value: JsonValue | undefined): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

/** The value where it is an object, else `undefined`. */
export function readObject(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

const NO_VALUES: readonly JsonValue[] = [];

/** The value where it is an array, else an empty one. */
export function readArray(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : NO_VALUES;
}

/** What a value is, for messages to callers: `a number`, `null`, `an array`. */
export function describeJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (toNumber(value) !== undefined) return 'number';
  return typeof value;
}

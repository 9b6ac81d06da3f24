import type { JsonValue } from '../../contract/json.js';
import { describeJson } from '../json/read-json.js';

/** What is wrong with `input`, which is a text, texts, tokens, or lists of tokens; `undefined` where nothing is. */
export function findInputFault(
  input: JsonValue | undefined,
): { readonly param: string; readonly detail: string } | undefined {
  if (typeof input === 'string') return input === '' ? fault('input', 'must not be empty') : undefined;
  if (!Array.isArray(input))
    return fault('input', `must be a string or an array of strings or tokens, found ${describeJson(input)}`);
  const [first] = input;
  if (first === undefined) return fault('input', 'must not be empty');
  if (typeof first === 'string') return findOther(input, isText, 'must be a non-empty string');
  if (typeof first === 'number') return findOther(input, isToken, 'must be a token, which is a whole number');
  if (Array.isArray(first)) return findOther(input, isTokens, 'must be a non-empty array of tokens');
  return fault('input[0]', `must be a string, a token or an array of tokens, found ${describeJson(first)}`);
}

function findOther(
  input: readonly JsonValue[],
  isSound: (item: JsonValue) => boolean,
  expected: string,
): { readonly param: string; readonly detail: string } | undefined {
  const index = input.findIndex((item) => !isSound(item));
  if (index === -1) return undefined;
  const found = input[index] === '' ? 'an empty string' : describeJson(input[index]);
  return fault(`input[${String(index)}]`, `${expected}, found ${found}`);
}

function isText(item: JsonValue): boolean {
  return typeof item === 'string' && item !== '';
}

function isToken(item: JsonValue): boolean {
  return Number.isSafeInteger(item) && Number(item) >= 0;
}

function isTokens(item: JsonValue): boolean {
  return Array.isArray(item) && item.length > 0 && item.every(isToken);
}

function fault(param: string, text: string): { readonly param: string; readonly detail: string } {
  return { param, detail: `${param} ${text}` };
}

import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';

/**
 * Arguments as the object that Anthropic's `input` is; `undefined` where the text is no JSON object, cut ones above all.
 * For a call without arguments models write nothing, or `null`.
 */
export function toToolInput(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    const value = parseJson(text);
    if (value === null) return {};
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

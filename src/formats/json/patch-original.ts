import type { JsonObject, JsonValue } from '../../contract/json.js';
import { findValueEnd, skipWhitespace } from './find-json-end.js';
import { isSameValue, patchJson } from './patch-json.js';

/** A name may be spelled with these; others of JSON's escapes are for characters that no name of ours has. */
const ESCAPED_ASCII = '\\u00';

interface Patch {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * `patchJson` for a text whose content is known. A member is found by its name where that stands in the text only once,
 * so that a long conversation beside it is not walked through.
 */
export function patchOriginal(
  { text, json }: { readonly text: string; readonly json: JsonObject },
  edits: Readonly<Record<string, JsonValue | undefined>>,
): string {
  const patches = findPatches(text, json, edits);
  if (patches === undefined) return patchJson(text, edits);
  patches.sort((one, other) => one.start - other.start);
  let patched = '';
  let from = 0;
  for (const { start, end, text: wanted } of patches) {
    patched += text.slice(from, start) + wanted;
    from = end;
  }
  return from === 0 ? text : patched + text.slice(from);
}

/** `undefined`: the members have to be walked through. */
function findPatches(
  text: string,
  json: JsonObject,
  edits: Readonly<Record<string, JsonValue | undefined>>,
): Patch[] | undefined {
  if (text.includes(ESCAPED_ASCII)) return undefined;
  const patches: Patch[] = [];
  let appended = '';
  for (const name of Object.keys(edits)) {
    const value = edits[name];
    if (!Object.hasOwn(json, name)) {
      if (value !== undefined) appended += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
      continue;
    }
    const place = value === undefined ? undefined : findOnly(text, name);
    if (place === undefined) return undefined;
    const wanted = JSON.stringify(value);
    if (!isSameValue(text.slice(...place), wanted))
      patches.push({ start: place[0], end: place[1], text: wanted });
  }
  if (appended === '') return patches;
  const end = text.lastIndexOf('}');
  // A member before it, or there is no place for a comma.
  if (Object.keys(json).length === 0) return undefined;
  patches.push({ start: end, end, text: appended });
  return patches;
}

/** Where the value of a top-level member is; `undefined` where its name stands in the text again. */
function findOnly(text: string, name: string): [start: number, end: number] | undefined {
  const quoted = `"${name}"`;
  const place = find(text, quoted, 0);
  const nameEnd = place + quoted.length;
  if (place === -1 || find(text, quoted, nameEnd) !== -1) return undefined;
  const start = skipWhitespace(text, skipWhitespace(text, nameEnd) + 1);
  return [start, findValueEnd(text, start)];
}

/** V8 looks for the first character of so short a text by the vector, and walks through the whole for a longer one. */
const SHORT = 6;

/** `indexOf` for a name in its quotes: nearly thirty times as fast in a long text that has few quotes, as an image has. */
function find(text: string, quoted: string, from: number): number {
  const head = quoted.slice(0, SHORT);
  let place = text.indexOf(head, from);
  while (place !== -1 && !text.startsWith(quoted, place)) place = text.indexOf(head, place + 1);
  return place;
}

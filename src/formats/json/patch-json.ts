import type { JsonValue } from '../../contract/json.js';
import { findStringEnd, findValueEnd, skipWhitespace } from './find-json-end.js';

/**
 * Sets top-level members of a JSON object's text, or removes those whose edit is `undefined`; members that are not
 * there are appended. Every other byte stays as it was: key order, whitespace, large numbers, unknown fields. Of a key
 * that stands there twice every occurrence is edited, since parsers differ in which one they believe. A member that
 * already has the wanted value is not touched.
 *
 * One linear pass over valid JSON.
 * @throws SyntaxError when the text is not a JSON object
 */
export function patchJson(text: string, edits: Readonly<Record<string, JsonValue | undefined>>): string {
  const start = skipWhitespace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  if (text[start] !== '{') throw new SyntaxError('Expected a JSON object');
  const pending = new Set(Object.keys(edits).filter((name) => edits[name] !== undefined));
  /** Members between top-level commas, whitespace included, edited ones in their new form. */
  const members: string[] = [];
  let changed = false;
  let position = skipWhitespace(text, start + 1);
  let memberStart = start + 1;
  while (text[position] === '"') {
    const nameEnd = findStringEnd(text, position);
    const name = readName(text.slice(position, nameEnd));
    const colon = skipWhitespace(text, nameEnd);
    if (text[colon] !== ':') throw new SyntaxError('Expected a colon in JSON');
    const valueStart = skipWhitespace(text, colon + 1);
    const valueEnd = findValueEnd(text, valueStart);
    const memberEnd = skipWhitespace(text, valueEnd);
    if (!Object.hasOwn(edits, name)) {
      members.push(text.slice(memberStart, memberEnd));
    } else {
      const value = edits[name];
      pending.delete(name);
      if (value === undefined) {
        changed = true;
      } else {
        const wanted = JSON.stringify(value);
        if (isSameValue(text.slice(valueStart, valueEnd), wanted)) {
          members.push(text.slice(memberStart, memberEnd));
        } else {
          changed = true;
          members.push(text.slice(memberStart, valueStart) + wanted + text.slice(valueEnd, memberEnd));
        }
      }
    }
    memberStart = memberEnd + 1;
    position = memberEnd;
    if (text[memberEnd] !== ',') break;
    position = skipWhitespace(text, memberStart);
  }
  if (text[position] !== '}') throw new SyntaxError('Expected the end of a JSON object');
  for (const name of pending) {
    const value = edits[name];
    if (value === undefined) continue;
    changed = true;
    members.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  }
  if (!changed) return text;
  return `${text.slice(0, start)}{${members.join(',')}}${text.slice(position + 1)}`;
}

function readName(quoted: string): string {
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** Of two texts of JSON. */
export function isSameValue(present: string, wanted: string): boolean {
  if (present === wanted) return true;
  return JSON.stringify(JSON.parse(present)) === wanted;
}

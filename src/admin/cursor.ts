import { fault } from './read-query.js';

/** The place where the next page begins, as callers see it: they send it back and need not know what it means. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/**
 * @param accept reads the value, `undefined` where it is none of this list
 * @throws GatewayError `invalid_request`
 */
export function decodeCursor<Value>(
  text: string | undefined,
  accept: (value: unknown) => Value | undefined,
): Value | undefined {
  if (text === undefined) return undefined;
  const value = accept(parse(text));
  if (value === undefined) throw fault('cursor', text, 'the next_cursor of an earlier page of the same list');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

import { codeAt } from './code-at.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;

/** Position after the closing quote of the string that opens at `start`. @throws SyntaxError when it never closes */
export function findStringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let before = quote - 1;
    while (codeAt(text, before) === BACKSLASH) before -= 1;
    // An even number of backslashes escapes itself, not the quote.
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  throw new SyntaxError('Unterminated string in JSON');
}

/**
 * Position after the JSON value that begins at `start`. Strings are jumped over with `indexOf`, so that a megabyte of
 * base64 costs next to nothing. The text is taken to be valid JSON; nothing inside the value is checked.
 * @throws SyntaxError when the text ends inside the value
 */
export function findValueEnd(text: string, start: number): number {
  const first = codeAt(text, start);
  if (first === QUOTE) return findStringEnd(text, start);
  const { length } = text;
  let position = start;
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    while (position < length) {
      const code = codeAt(text, position);
      if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code <= 0x20) break;
      position += 1;
    }
    return position;
  }
  let depth = 0;
  while (position < length) {
    const code = codeAt(text, position);
    if (code === QUOTE) {
      position = findStringEnd(text, position);
      continue;
    }
    position += 1;
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return position;
  }
  throw new SyntaxError('Unexpected end of JSON');
}

/** Position of the first character at or after `start` that is not JSON whitespace. */
export function skipWhitespace(text: string, start: number): number {
  const { length } = text;
  let position = start;
  while (position < length && codeAt(text, position) <= 0x20) position += 1;
  return position;
}

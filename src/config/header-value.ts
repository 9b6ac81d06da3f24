/** Whether a header can carry the text: no line break, no other control character, nothing beyond Latin-1. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

export const KEY_WORDS = 'a key that an HTTP header can carry: one line, without control characters';

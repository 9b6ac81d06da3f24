/** NUL, and halves of surrogate pairs, as JSON writes them. An escaped backslash before them is a false alarm. */
const SUSPECT = /\\u(?:0000|d[89a-f])/;

/**
 * JSON that every database takes: PostgreSQL has no room for the character NUL, and takes no half of a surrogate pair.
 * Both become U+FFFD.
 */
export function toSafeJson(value: unknown): string {
  const text = JSON.stringify(value);
  return SUSPECT.test(text)
    ? JSON.stringify(value, (_name, member: unknown) =>
        typeof member === 'string' ? toSafeText(member) : member,
      )
    : text;
}

/** One byte for each character, and none of them NUL. */
const PLAIN = /^[\x01-\x7f]*$/;

/** The text, or as much of its beginning as fits into so many bytes of UTF-8, with `…` at its end. */
export function cutText(text: string, bytes: number): string {
  // No character takes more than three bytes for each unit of its length.
  if (text.length * 3 <= bytes || (text.length <= bytes && PLAIN.test(text))) return text;
  const safe = toSafeText(text.slice(0, bytes));
  const whole = Buffer.from(safe);
  if (text.length <= bytes && whole.length <= bytes) return safe;
  let end = bytes - 3;
  // Bytes that go on a character begin with the bits 10.
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${whole.toString('utf8', 0, end)}…`;
}

function toSafeText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

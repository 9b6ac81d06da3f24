/**
 * Names of tools as a vendor takes them: letters, digits, `_` and `-`, at most `maxLength` characters. A name that fits
 * stays; another gets its forbidden characters replaced and a hash of the whole name at its end, so that two names
 * never become one. The same name always maps to the same result, in tools, history and tool choice alike.
 */
export function toToolName(name: string, maxLength: number): string {
  if (name.length <= maxLength && /^[a-zA-Z0-9_-]+$/.test(name)) return name;
  return `${name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, maxLength - 14)}_${hashText(name)}`;
}

/** An id of a tool call within `maxLength` characters, injective in the same way; ids that fit stay as they are. */
export function toToolCallId(id: string, maxLength: number): string {
  return id.length <= maxLength ? id : `${id.slice(0, maxLength - 14)}_${hashText(id)}`;
}

/** 13 characters of base 36 that hold 64 bits (two FNV-1a runs with different seeds). */
function hashText(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
  }
  const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return value.toString(36).padStart(13, '0');
}

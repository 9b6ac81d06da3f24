const ACCEPTED = /^[a-zA-Z0-9_-]+$/;
const ESCAPED = 'esc_';

/**
 * A tool call id in the letters that Anthropic accepts. Ids that it accepts stay as they are; in every other one each
 * foreign character becomes its code between underscores. No two ids map to the same one, so calls and results still
 * find each other.
 */
export function toAnthropicToolId(id: string): string {
  if (ACCEPTED.test(id) && !id.startsWith(ESCAPED)) return id;
  return ESCAPED + id.replace(/[^a-zA-Z0-9-]/g, (character) => `_${character.charCodeAt(0).toString(16)}_`);
}

/** An id for a call that came without one: the same for the same request and position. */
export function mintToolId(requestId: string, index: number): string {
  return `toolu_${requestId.replace(/[^a-zA-Z0-9]/g, '')}_${String(index)}`;
}

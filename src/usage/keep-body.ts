import type { Redactor } from '../common/redactor.js';

/** Characters that are kept of a prompt or an answer. */
const LONGEST = 65_536;

/** A body as the log keeps it: without secrets, and cut where it is longer than 64 Ki characters. */
export function keepBody(text: string | null, redactor: Redactor): string | null {
  if (text === null) return null;
  // Redacted before it is cut, or a secret on the edge would stay behind in part.
  const rest = text.length - LONGEST;
  const near = rest > 0 ? text.slice(0, LONGEST + 1_024) : text;
  const redacted = redactor.redact(near);
  return rest > 0 ? `${redacted.slice(0, LONGEST)} [${String(rest)} characters more]` : redacted;
}

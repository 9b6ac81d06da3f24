const INSTANT_PATTERN = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

export const INSTANT_WORDS =
  'a time with its zone, such as 2027-01-31T18:00:00Z, or a date, such as 2027-01-31 (from its first moment on, UTC)';

/**
 * Reads an ISO 8601 time. Without a zone it is not read, as nobody can say which one is meant; nor is a day that the
 * month does not have.
 *
 * @returns Unix milliseconds, or undefined when the text is not a time
 */
export function parseInstant(text: string): number | undefined {
  const day = INSTANT_PATTERN.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds) || Number.isNaN(midnight.getTime())) return undefined;
  return midnight.toISOString().startsWith(day) ? milliseconds : undefined;
}

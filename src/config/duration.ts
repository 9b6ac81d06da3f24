/** What a duration may look like; shared with the JSON Schema. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

export const DURATION_WORDS = 'a duration with a unit, such as 500ms, 30s, 2m, 1h or 30d';

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * `30s` to 30000. A number without a unit is not read, as nobody can say whether 30 means seconds or milliseconds.
 *
 * @returns milliseconds, or undefined when the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? [];
  const factor = unit === undefined ? undefined : MILLISECONDS[unit];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}

/** What a size may look like; shared with the JSON Schema. */
export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)([bB]|[kmgKMG][bB])$/;

export const SIZE_WORDS = 'a size with a unit, such as 512kb, 32mb or 1gb';

const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/**
 * `32mb` to 33554432: the units are powers of 1024, as in most body limits.
 *
 * @returns bytes, or undefined when the text is not a size
 */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE_PATTERN.exec(text) ?? [];
  const factor = unit === undefined ? undefined : BYTES[unit.toLowerCase()];
  return factor === undefined ? undefined : Math.floor(Number(amount) * factor);
}

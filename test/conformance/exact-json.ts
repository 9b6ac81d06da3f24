/** `JSON.parse` with the source text of numbers, which the TypeScript library does not declare yet. */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
}

/**
 * JSON in a form in which two texts are equal only if they have the same members in the same order and the same digits
 * in their numbers.
 */
export function toExactJson(text: string, without: readonly string[] = []): string {
  const value = (JSON as unknown as JsonWithSource).parse(text, (_key, member, { source }) =>
    typeof member === 'number' ? { number: source } : member,
  ) as Record<string, unknown>;
  return JSON.stringify(
    Object.fromEntries(Object.entries(value).filter(([name]) => !without.includes(name))),
    null,
    1,
  );
}

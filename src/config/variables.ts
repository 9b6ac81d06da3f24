/** Environment variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as unset: container platforms pass `NAME=` for what nobody filled in. */
export function withoutEmptyVariables(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()));
}

/** A list in one variable or string: entries between commas, trimmed, the empty ones dropped, each once. */
export function splitList(text: string): string[] {
  return [
    ...new Set(
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    ),
  ];
}

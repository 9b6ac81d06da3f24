/** Source text access, which the TypeScript library does not declare yet. */
const JSON_WITH_SOURCE = JSON as unknown as {
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/**
 * JSON text that equal values share, whatever the order of their members: names are sorted, absent members are left
 * out. Numbers that no double can hold, which bodies keep as raw JSON, are written as they came.
 */
export function toCanonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (JSON_WITH_SOURCE.isRawJSON(value)) return value.rawJSON;
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  let text = '';
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${toCanonicalJson(member)}`;
  }
  return `{${text}}`;
}

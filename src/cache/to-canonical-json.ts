/** Source text access, which the TypeScript library does not declare yet. */
const JSON_WITH_SOURCE = JSON as unknown as {
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/** Names that JSON writes as they are. */
const PLAIN_NAME = /^\w*$/;

/**
 * JSON text that equal values share, whatever the order of their members: names are sorted, absent members are left
 * out. Numbers that no double can hold, which bodies keep as raw JSON, are written as they came.
 */
export function toCanonicalJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return writeArray(value);
  if (JSON_WITH_SOURCE.isRawJSON(value)) return value.rawJSON;
  return writeObject(value as Readonly<Record<string, unknown>>);
}

function writeArray(items: readonly unknown[]): string {
  let text = '[';
  for (const item of items) text += text === '[' ? toCanonicalJson(item) : `,${toCanonicalJson(item)}`;
  return `${text}]`;
}

function writeObject(members: Readonly<Record<string, unknown>>): string {
  let text = '{';
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    if (text !== '{') text += ',';
    text += PLAIN_NAME.test(name) ? `"${name}":` : `${JSON.stringify(name)}:`;
    text += toCanonicalJson(member);
  }
  return `${text}}`;
}

/** Lenient looks into parsed JSON: what is not of the wanted kind reads as nothing. */
export type Members = Readonly<Record<string, unknown>>;

export function toMembers(value: unknown): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function toCount(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Leaves out members without a value, so that absent stays absent. */
export function present<Shape extends object>(members: {
  [Name in keyof Shape]: Shape[Name] | undefined;
}): Shape {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Shape;
}

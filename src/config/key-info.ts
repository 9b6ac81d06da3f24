export type ConfigClass<T extends object = object> = new () => T;

export interface KeyInfo {
  /** For the JSON Schema: what the key does, in a phrase. */
  readonly description: string;
  /** For the JSON Schema: what holds when the key is absent. */
  readonly default?: unknown;
  /** What a value that comes wholly from a variable is turned into. */
  readonly scalar?: 'number' | 'boolean' | undefined;
  readonly section?: SectionInfo | undefined;
}

export interface SectionInfo {
  readonly type: ConfigClass;
  readonly shape: 'one' | 'list' | 'by-name';
  /** A list entry that is a string stands for a mapping with this one key. */
  readonly shorthand?: string | undefined;
}

const keys = new WeakMap<object, Map<string, KeyInfo>>();

export function addKey(prototype: object, name: string, info: KeyInfo): void {
  const known = keys.get(prototype) ?? new Map<string, KeyInfo>();
  keys.set(prototype, known.set(name, info));
}

/** The keys that a class of the configuration knows, in the order of their declaration. */
export function keysOf(type: ConfigClass): ReadonlyMap<string, KeyInfo> {
  return keys.get(type.prototype as object) ?? new Map<string, KeyInfo>();
}

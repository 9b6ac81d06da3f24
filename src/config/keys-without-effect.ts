import { formatPath, type ConfigPath } from './config-path.js';

interface KeyWithoutEffect {
  /** `[]` is any position of a list, `*` at the end any key. */
  readonly path: string;
  /** Values that do what they say already. */
  readonly inForce?: readonly unknown[];
}

/** What the file may say although nothing heeds it yet. An entry goes away with the capability that it waits for. */
const KEYS_WITHOUT_EFFECT: readonly KeyWithoutEffect[] = [{ path: 'cache.*' }];

/** The paths of such keys that are set in these values, as a message shows them. */
export function findKeysWithoutEffect(values: unknown, path: ConfigPath = []): string[] {
  if (typeof values !== 'object' || values === null) {
    const known = KEYS_WITHOUT_EFFECT.find((key) => matches(key.path, path));
    const heeded = known === undefined || values === null || known.inForce?.includes(values) === true;
    return heeded ? [] : [formatPath(path)];
  }
  return Array.isArray(values)
    ? values.flatMap((entry, index) => findKeysWithoutEffect(entry, [...path, index]))
    : Object.entries(values).flatMap(([key, value]) => findKeysWithoutEffect(value, [...path, key]));
}

function matches(pattern: string, path: ConfigPath): boolean {
  const general = formatPath(path).replaceAll(/\[\d+\]/g, '[]');
  return pattern.endsWith('*') ? general.startsWith(pattern.slice(0, -1)) : general === pattern;
}

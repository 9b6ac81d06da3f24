import { formatPath, type ConfigPath } from './config-path.js';
import { interpolate, type Interpolation } from './interpolate.js';
import type { Variables } from './variables.js';

interface Fault {
  readonly line: number;
  readonly text: string;
}

/**
 * The values of one file after interpolation, and the list of what is wrong with them. Every check reports here, so
 * that a message always names the file, the line, the path, what was found and what was expected, and so that one
 * mistake makes one line: what lies beneath a reported path is not reported again.
 */
export class ConfigDocument {
  readonly values: unknown;
  private readonly found: Fault[] = [];
  private readonly reported = new Set<string>();
  private readonly interpolations = new Map<string, Interpolation & { readonly source: string }>();
  private readonly shorthands = new Set<string>();

  constructor(
    readonly source: string,
    raw: unknown,
    variables: Variables,
    private readonly lines: ReadonlyMap<string, number>,
  ) {
    this.values = this.interpolateTree(raw, [], variables);
  }

  /** One line per fault, in the order of the file. */
  get faults(): string[] {
    return this.found.toSorted((one, other) => one.line - other.line).map((fault) => fault.text);
  }

  isReported(path: ConfigPath): boolean {
    return path.some((_, index) => this.reported.has(formatPath(path.slice(0, index + 1))));
  }

  /** @param found without it, the value at the path is described, secrets left out */
  report(path: ConfigPath, expected: string, found?: string): void {
    if (this.isReported(path)) {
      return;
    }
    this.reported.add(formatPath(path));
    const shown = this.shorthands.has(formatPath(path.slice(0, -1))) ? path.slice(0, -1) : path;
    const line = this.lineOf(shown);
    const place = line === 0 ? this.source : `${this.source}:${line}`;
    const where = shown.length === 0 ? place : `${place}: ${formatPath(shown)}`;
    this.found.push({ line, text: `${where}: found ${found ?? this.describe(shown)}, expected ${expected}` });
  }

  /** The value at this path is one string that stands for a mapping; faults of its member are shown at this path. */
  markShorthand(path: ConfigPath): void {
    this.shorthands.add(formatPath(path));
  }

  interpolationAt(path: ConfigPath): Interpolation | undefined {
    return this.interpolations.get(formatPath(path));
  }

  private lineOf(path: ConfigPath): number {
    for (let length = path.length; length > 0; length -= 1) {
      const line = this.lines.get(formatPath(path.slice(0, length)));
      if (line !== undefined) {
        return line;
      }
    }
    return 0;
  }

  private describe(path: ConfigPath): string {
    const value = valueAt(this.values, path);
    const interpolation =
      this.interpolations.get(formatPath(path)) ?? this.interpolations.get(formatPath(path.slice(0, -1)));
    if (value !== undefined && interpolation !== undefined && interpolation.names.length > 0) {
      const secret = isSecretPath(path) || interpolation.names.some((name) => SECRET_NAME.test(name));
      // The default that stands behind a name is a value too.
      const names = interpolation.names.map((name) => `\${${name}}`).join(', ');
      return secret
        ? `a value that is not shown from ${names}`
        : `${describeValue(value)} from ${interpolation.source}`;
    }
    return isSecretPath(path) && typeof value !== 'object' && value !== undefined && value !== ''
      ? 'a value that is not shown'
      : describeValue(value);
  }

  private interpolateTree(value: unknown, path: ConfigPath, variables: Variables): unknown {
    if (typeof value === 'string') {
      return this.interpolateText(value, path, variables);
    }
    if (Array.isArray(value)) {
      return value.map((entry, index) => this.interpolateTree(entry, [...path, index], variables));
    }
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          key,
          this.interpolateTree(member, [...path, key], variables),
        ]),
      );
    }
    return value;
  }

  private interpolateText(source: string, path: ConfigPath, variables: Variables): string {
    const result = interpolate(source, variables);
    this.interpolations.set(formatPath(path), { ...result, source });
    if (result.malformed.length > 0) {
      const found = isSecretPath(path) ? 'a broken reference' : JSON.stringify(source);
      this.report(path, '${NAME} or ${NAME:-default}, or $${ for a literal ${', found);
    } else if (result.unset.length > 0 && !isVendorOrGatewayKey(path)) {
      const name = result.unset.join(', ');
      const example = `\${${result.unset[0] ?? ''}:-...}`;
      this.report(path, `${name} in the environment, or a default: ${example}`, `${name} unset`);
    }
    return result.text;
  }
}

const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL/i;

/** Where an unset variable means "not usable" rather than "broken": a file may list vendors that nobody has keys for. */
function isVendorOrGatewayKey(path: ConfigPath): boolean {
  const [section, first, , last] = path;
  return (
    (section === 'providers' && path[2] === 'api_keys') ||
    (section === 'auth' && first === 'keys' && last === 'key')
  );
}

function isSecretPath(path: ConfigPath): boolean {
  return (
    isVendorOrGatewayKey(path) ||
    // A key written where its mapping should be.
    (path[0] === 'auth' && path[1] === 'keys' && path.length <= 3) ||
    (path[0] === 'providers' && path.at(-2) === 'headers') ||
    path[2] === 'headers' ||
    path[2] === 'proxy' ||
    // What `tls` of a provider names are paths of files.
    (path[2] !== 'tls' && /^(api_?)?(key|token|secret)$/i.test(String(path.at(-1))))
  );
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>(
    (current, part) =>
      typeof current === 'object' && current !== null && Object.hasOwn(current, part)
        ? (current as Record<string | number, unknown>)[part]
        : undefined,
    value,
  );
}

/** A value in a message: short, and without the user part of a URL. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) {
    return 'nothing';
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? 'an empty list' : 'a list';
  }
  if (typeof value === 'object') {
    return 'a mapping';
  }
  if (typeof value !== 'string') {
    // Not JSON, which has no word for what YAML calls .inf and .nan.
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
  }
  const shown = value.replace(/:\/\/[^/@]*@/, '://***@');
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 77)}...` : shown);
}

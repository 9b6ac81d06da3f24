import { toMembers, type Members } from '../expect/json.js';

/** Collects what a vendor would refuse in a request, each fault with the path of its member. */
export class Checker {
  readonly faults: string[] = [];

  fault(path: string, problem: string): void {
    this.faults.push(`${path} ${problem}`);
  }

  /** Faults of members that are not on the list, and of those that are null. */
  members(value: Members, path: string, known: readonly string[]): void {
    for (const [name, member] of Object.entries(value)) {
      if (!known.includes(name)) this.fault(join(path, name), 'is not a member of the API');
      else if (member === null) this.fault(join(path, name), 'is null');
    }
  }

  text(value: unknown, path: string, pattern = /[^]/): void {
    if (typeof value !== 'string' || !pattern.test(value))
      this.fault(path, `must be a string like ${pattern.source}`);
  }

  oneOf(value: unknown, path: string, words: readonly unknown[]): void {
    if (!words.includes(value))
      this.fault(path, `must be one of ${words.join(', ')}, found ${String(value)}`);
  }

  /** Absent is fine. */
  number(value: unknown, path: string, [least, most]: readonly [number, number], isWhole = false): void {
    if (value === undefined) return;
    const isFit = typeof value === 'number' && value >= least && value <= most;
    if (!isFit || (isWhole && !Number.isInteger(value))) this.fault(path, `must be from ${least} to ${most}`);
  }

  /** Absent is fine. */
  flag(value: unknown, path: string): void {
    if (value !== undefined && typeof value !== 'boolean') this.fault(path, 'must be a boolean');
  }

  /** The members of an object; a fault and no members where it is none. */
  object(value: unknown, path: string): Members {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.fault(path, 'must be an object');
    return toMembers(value);
  }

  /** The items of an array that has some, each with its path; a fault and no items otherwise. */
  items(value: unknown, path: string): readonly (readonly [unknown, string])[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.fault(path, 'must be an array that is not empty');
      return [];
    }
    return (value as unknown[]).map((item, index) => [item, `${path}[${index}]`]);
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

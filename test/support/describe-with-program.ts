import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';

/** Where a program lies on the PATH; `undefined`: it is not installed. */
export function findProgram(name: string, folders = process.env['PATH'] ?? ''): string | undefined {
  return folders
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/**
 * A suite that needs a program: skipped, with a line that says so, where it is not installed; in CI it fails.
 * @param hint how to get it
 */
export function describeWithProgram(
  program: string,
  hint: string,
  name: string,
  suite: () => void,
  folders?: string,
): void {
  if (findProgram(program, folders) !== undefined) {
    describe(name, suite);
    return;
  }
  const reason = `${program} is not on the PATH (${hint})`;
  if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error(reason);
    });
    return;
  }
  process.stderr.write(`Skipped: ${name}: ${reason}\n`);
  describe.skip(name, suite);
}

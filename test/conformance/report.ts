import { afterAll, afterEach, type TestContext } from 'vitest';
import { API_NAMES, apiNameOf, skipReason } from './apis.js';
import type { Recording } from './recording.js';

/**
 * Counts which recordings of each API passed every test of a suite, and prints it at the suite's end with every skipped
 * recording and its reason. A recording fails when one of its tests does.
 */
export class Report {
  private readonly seen = new Map<string, boolean>();
  private readonly notes: string[] = [];

  constructor(
    private readonly suite: string,
    private readonly recordings: readonly Recording[],
  ) {}

  /** Takes part in the tests around it; a test's name begins with the recording's. */
  attach(): void {
    afterEach((context: TestContext) => {
      const name = context.task.name.split(' ')[0] ?? '';
      if (context.task.result?.state === 'fail') this.seen.set(name, false);
      else if (!this.seen.has(name)) this.seen.set(name, true);
    });
    afterAll(() => {
      process.stdout.write(`\n${this.lines().join('\n')}\n`);
    });
  }

  /** A line of its own under the counts. */
  note(line: string): void {
    this.notes.push(line);
  }

  private lines(): readonly string[] {
    const lines = [`conformance: ${this.suite}`];
    for (const name of API_NAMES) {
      const tested = this.recordings.filter(
        (recording) => this.seen.has(recording.name) && apiNameOf(recording) === name,
      );
      if (tested.length === 0) continue;
      const passed = tested.filter((recording) => this.seen.get(recording.name) === true);
      const failed = tested.filter((recording) => this.seen.get(recording.name) === false);
      lines.push(`  ${name}: ${passed.length} of ${tested.length} recordings pass`);
      if (failed.length > 0) lines.push(`    failed: ${failed.map(({ name }) => name).join(', ')}`);
    }
    return [...lines, ...this.notes.map((note) => `  ${note}`)];
  }
}

/** How many recordings there are of what the gateway speaks, and every other one, one line for each reason. */
export function describeSkipped(recordings: readonly Recording[]): readonly string[] {
  const spoken = recordings.filter((recording) => skipReason(recording) === undefined);
  const byReason = new Map<string, string[]>();
  for (const recording of recordings) {
    const reason = skipReason(recording);
    if (reason === undefined) continue;
    const key = `${recording.meta.api}: ${reason}`;
    byReason.set(key, [...(byReason.get(key) ?? []), recording.name]);
  }
  return [
    `${spoken.length} of ${recordings.length} recordings belong to an API that the gateway speaks; the others:`,
    ...[...byReason].map(([reason, names]) => `skipped (${names.length}) ${reason}: ${names.join(', ')}`),
  ];
}

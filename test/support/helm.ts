import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const CHART = join(import.meta.dirname, '../../deploy/helm/sluice');
/** Charts are rendered for it; a `helm` that was built from source knows no version of its own. */
const KUBERNETES = '1.34.0';

const PROGRAM = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'helm'))
  .find((file) => existsSync(file));

/** A suite that needs Helm: skipped, with a line that says so, where `helm` is not installed; in CI it fails. */
export function describeWithHelm(name: string, suite: () => void): void {
  if (PROGRAM !== undefined) {
    describe(name, suite);
    return;
  }
  const reason = 'helm is not on the PATH (go install helm.sh/helm/v3/cmd/helm@latest)';
  if (process.env['CI'] === 'true') {
    test(name, () => {
      throw new Error(reason);
    });
    return;
  }
  process.stderr.write(`Skipped: ${name}: ${reason}\n`);
  describe.skip(name, suite);
}

/** What the release `sluice` of the chart is made of, with these values over the defaults. */
export function renderChart(values: object = {}): unknown[] {
  const text = helm(
    ['template', 'sluice', CHART, '--kube-version', KUBERNETES, '--values', '-'],
    JSON.stringify(values),
  );
  return parseAllDocuments(text).map((document) => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw fault;
    return document.toJS() as unknown;
  });
}

/** @throws Error with what Helm finds wrong */
export function lintChart(): string {
  return helm(['lint', CHART, '--strict', '--kube-version', KUBERNETES]);
}

function helm(parts: readonly string[], input = ''): string {
  return execFileSync(PROGRAM ?? 'helm', parts, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

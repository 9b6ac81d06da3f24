import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describeWithProgram, findProgram } from './describe-with-program.js';

const CHART = join(import.meta.dirname, '../../deploy/helm/sluice');
/** Charts are rendered for it; a `helm` that was built from source knows no version of its own. */
const KUBERNETES = '1.34.0';

const PROGRAM = findProgram('helm');

/** A suite that needs Helm. */
export function describeWithHelm(name: string, suite: () => void): void {
  describeWithProgram('helm', 'go install helm.sh/helm/v3/cmd/helm@latest', name, suite);
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

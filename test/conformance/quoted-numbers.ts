import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '..', '..');
const TESTS = ['src/**/*.spec.ts', 'test/**/*.spec.ts', 'test/**/*.e2e-spec.ts'];
const NUMBER = /\[(C?\d+)\]/g;
/** A number or several, then words: JSON texts look otherwise. */
const ROW = /^(?:\[C?\d+\] ?)+(?<= )[a-z]/i;

/** Lines of the checklist (`18`, `C3`) that the names of tests quote as `[18]`, each with the files of those tests. */
export function readQuotedNumbers(): ReadonlyMap<string, readonly string[]> {
  const quoted = new Map<string, string[]>();
  for (const file of globSync(TESTS, { cwd: ROOT }).sort()) {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest);
    for (const name of testNames(source, source)) {
      for (const [, number = ''] of name.matchAll(NUMBER))
        quoted.set(number, [...new Set([...(quoted.get(number) ?? []), file])]);
    }
  }
  return quoted;
}

/** First arguments of `it(...)`, `test.each(...)(...)` and their like, and rows of tables that begin with a number. */
function testNames(node: ts.Node, source: ts.SourceFile): readonly string[] {
  const names: string[] = [];
  if (ts.isCallExpression(node) && /^(?:it|test)\b/.test(node.expression.getText(source))) {
    const [name] = node.arguments;
    if (name !== undefined && (ts.isStringLiteralLike(name) || ts.isTemplateExpression(name)))
      names.push(name.getText(source));
  }
  if (ts.isStringLiteralLike(node) && ROW.test(node.text)) names.push(node.text);
  ts.forEachChild(node, (child) => {
    names.push(...testNames(child, source));
  });
  return names;
}

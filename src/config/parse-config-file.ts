import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { ConfigDocument } from './config-document.js';
import { ConfigFault } from './config-fault.js';
import { formatPath, type ConfigPath } from './config-path.js';
import type { Variables } from './variables.js';

/**
 * Reads the YAML text, with line numbers, and interpolates it.
 *
 * @throws ConfigFault when the text is not YAML; then there are no values that could be checked further
 */
export function parseConfigFile(file: string, text: string, variables: Variables): ConfigDocument {
  const lineCounter = new LineCounter();
  // Without `prettyErrors`, as these quote the line, which may hold a key.
  const yaml = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, merge: true });
  const complaint = yaml.errors[0] ?? yaml.warnings[0];
  if (complaint !== undefined) {
    // Only the first one, as the others follow from it, and without the text that it quotes at its end.
    const reason = complaint.message.replace(/: ".*$/s, '');
    const { line } = lineCounter.linePos(complaint.pos[0]);
    throw new ConfigFault([`${file}:${line}: not readable as YAML: ${reason}`]);
  }
  const lines = new Map<string, number>();
  const duplicates: { path: ConfigPath; line: number }[] = [];
  locate(yaml.contents, []);

  function locate(node: Node | null | undefined, path: ConfigPath): void {
    if (isSeq<Node>(node)) {
      node.items.forEach((item, index) => {
        lines.set(formatPath([...path, index]), lineOf(item));
        locate(item, [...path, index]);
      });
    } else if (isMap<unknown, Node>(node)) {
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        if (!isScalar(key) || key.value === '<<') {
          continue;
        }
        const place = [...path, String(key.value)];
        if (seen.has(String(key.value))) {
          duplicates.push({ path: place, line: lineOf(key) });
          continue;
        }
        seen.add(String(key.value));
        lines.set(formatPath(place), lineOf(key));
        locate(value, place);
      }
    }
  }

  function lineOf(node: Node): number {
    return lineCounter.linePos(node.range?.[0] ?? 0).line;
  }

  const document = new ConfigDocument(file, toValues(yaml, file), variables, lines);
  for (const { path, line } of duplicates) {
    document.report(path, 'it once', `the key twice, again in line ${line}`);
  }
  return document;
}

function toValues(yaml: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return yaml.toJS();
  } catch (error) {
    // Unresolved and excessively nested aliases are found only here.
    throw new ConfigFault([
      `${file}: not readable as YAML: ${error instanceof Error ? error.message : String(error)}`,
    ]);
  }
}

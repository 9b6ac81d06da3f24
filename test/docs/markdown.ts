import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '../..');

const GENERATED = new Set(['node_modules', 'dist', 'data', 'coverage']);

/** Every Markdown page of the repository, by its path from the root. */
export function listPages(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isOwn = !GENERATED.has(entry.name) && (entry.name === '.github' || !entry.name.startsWith('.'));
      return isOwn ? listPages(path) : [];
    }
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The page without its blocks of code. */
function proseOf(page: string): string {
  return page.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** Targets of the links to other places of the repository. */
export function relativeLinks(page: string): string[] {
  return [...proseOf(page).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** What a link behind `#` may name: headings in the spelling of GitHub. */
export function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

/** `METHOD path` of each row of the table of endpoints, sorted. */
export function endpointsOf(page: string): string[] {
  return [...page.matchAll(/^\| (GET|POST|PATCH|DELETE) ([^|]*)\|/gm)]
    .flatMap(([, method = '', paths = '']) =>
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']) => `${method} ${path}`),
    )
    .sort();
}

/** Lines of the shell blocks, without comments and without the words of the questions in them. */
export function commandsOf(page: string): string[] {
  return [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.split('\n'))
    .map((line) =>
      line
        .replace(/\s+#.*$/, '')
        .replace(/"content":"[^"]*"/, '"content":"..."')
        .trim(),
    )
    .filter((line) => line !== '');
}

/** Names of the npm scripts that the page tells to run. */
export function scriptsOf(page: string): string[] {
  return [...page.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(start|test)\b)/g)].map(
    ([, script, short]) => script ?? short ?? '',
  );
}

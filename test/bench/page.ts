import type { BenchResults } from './figures.ts';
import { reportText } from './report.ts';

const RESULTS_BLOCK = /(<!-- results: [^\n]*-->\n)[\s\S]*?(<!-- end of results -->)/;

/** The page with the table of these results in its place. @throws Error without the place */
export function withResults(page: string, results: BenchResults): string {
  if (!RESULTS_BLOCK.test(page)) throw new Error('The page has no place for the results');
  return page.replace(
    RESULTS_BLOCK,
    (_, begin: string, end: string) => `${begin}\n\`\`\`text\n${reportText(results)}\n\`\`\`\n\n${end}`,
  );
}

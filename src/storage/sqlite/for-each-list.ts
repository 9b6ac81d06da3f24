/** As in `sqlite-worker.ts`. */
const MARK = '/* for each list */ ';

/**
 * A statement that the thread of SQLite runs once for each list of values in the JSON text that is its one parameter. What
 * a list has too few of is NULL.
 */
export function forEachList(statement: string): string {
  return `${MARK}${statement}`;
}

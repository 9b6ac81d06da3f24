/**
 * Whether a statement failed for what it says and would fail again, so that the data itself is at fault. Everything
 * else (no connection, no room, a lock, a restart) passes.
 */
export function isPermanentFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Classes of SQLSTATE: data exceptions, broken constraints, faulty statements, limits of the program.
  if ('code' in error && typeof error.code === 'string') return /^(?:22|23|42|54)\w{3}$/.test(error.code);
  // What comes from the thread of SQLite is a message alone.
  return /constraint failed|malformed JSON|datatype mismatch|too big|no such (?:table|column)|syntax error/i.test(
    error.message,
  );
}

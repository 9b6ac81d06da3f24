/**
 * The worker thread that owns the SQLite file, so that no disk access ever holds up a request. It runs as it is under
 * the tests too, so it is written in erasable TypeScript and imports packages alone, and of those as little as it can: a
 * thread shares no code with others, and the whole of Kysely is 20 MB.
 */
import { constants, getPriority, setPriority } from 'node:os';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { createNodeOnMessageCallback } from 'kysely-generic-sqlite/worker-helper-node';

/** How long a write waits for another process that is writing. */
const BUSY_MS = 5_000;
const MOST_STATEMENTS = 100;

/** As in `for-each-list.ts`. */
const FOR_EACH_LIST = '/* for each list */ ';

/** Above that of the process: on a core that is fully used, records are written with a quarter of it at most. */
const NICENESS = 5;
// On Linux this is of the calling thread alone, elsewhere of the whole process.
if (process.platform === 'linux')
  setPriority(Math.min(getPriority() + NICENESS, constants.priority.PRIORITY_LOW));

createNodeOnMessageCallback<{ path: string }>(({ path }) => {
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  database.exec('PRAGMA journal_mode = WAL');
  // With WAL, a power cut may take the last commits but leaves the file whole; a crash of the process takes nothing.
  database.exec('PRAGMA synchronous = NORMAL');
  // What is written lies together at the end of the tables and of their indexes; more pages only make the process larger.
  database.exec('PRAGMA cache_size = -16384');
  // Sorting must not need a folder that can be written: containers may have none but that of the data.
  database.exec('PRAGMA temp_store = MEMORY');
  const prepared = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      if (prepared.size >= MOST_STATEMENTS) prepared.clear();
      prepared.set(sql, statement);
    }
    return statement;
  }

  return {
    db: database,
    query: (_isSelect, sql, parameters) => {
      // Every transaction of ours writes: one that took the lock later could find that another process was faster.
      const statement = prepare(sql === 'begin' ? 'begin immediate' : sql);
      const values = parameters as readonly SQLInputValue[];
      if (sql.startsWith(FOR_EACH_LIST)) {
        for (const list of JSON.parse(values[0] as string) as SQLInputValue[][]) statement.run(...list);
        return { rows: [] };
      }
      if (statement.columns().length > 0) return { rows: statement.all(...values) };
      const { changes, lastInsertRowid } = statement.run(...values);
      return { rows: [], insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes) };
    },
    close: () => {
      prepared.clear();
      database.exec('PRAGMA optimize');
      database.close();
    },
  };
});

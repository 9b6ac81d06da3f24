import { SqliteAdapter, type Dialect } from 'kysely';
import { GenericSqliteWorkerDialect } from 'kysely-generic-sqlite/worker';
import { createNodeWorkerExecutor } from 'kysely-generic-sqlite/worker-helper-node';
import { mkdirSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** SQLite in a worker thread. The file and its folder are made when they are not there. */
export function sqliteDialect(path: string): Dialect {
  const dialect = new GenericSqliteWorkerDialect(
    createNodeWorkerExecutor({
      data: { path },
      worker: () => {
        if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
        // Node runs the source as well as what is built from it.
        return new Worker(new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url));
      },
    }),
  );
  dialect.createAdapter = () => new TransactionalAdapter();
  return dialect;
}

/** Lets a migration be one transaction: without it, two processes that start on one file make the same tables. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { PostgresServer } from './postgres-server.js';

/** Makes empty databases of one kind. */
export interface DatabaseMaker {
  /** A `DATABASE_URL`. */
  create(): Promise<string>;
  /** Absent for SQLite. */
  readonly server?: PostgresServer | undefined;
}

/** Runs a suite twice: on SQLite files, and on a real PostgreSQL. */
export function describeOnBothDatabases(name: string, suite: (maker: DatabaseMaker) => void): void {
  describe(`${name}, on SQLite`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'));
    let files = 0;
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    suite({ create: () => Promise.resolve(`sqlite:${join(folder, `${String(++files)}.db`)}`) });
  });
  describe(`${name}, on PostgreSQL`, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await PostgresServer.start();
    }, 60_000);
    afterAll(async () => {
      await server?.dispose();
    });
    const running = (): PostgresServer => {
      if (server === undefined) throw new Error('PostgreSQL has not been started');
      return server;
    };
    suite({
      create: () => running().createDatabase(),
      get server() {
        return running();
      },
    });
  });
}

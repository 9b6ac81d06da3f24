import { sql } from 'kysely';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../test/support/open-database.js';
import { PostgresServer } from '../../test/support/postgres-server.js';
import { ManualClock } from '../../test/support/manual-clock.js';

describe('Database', () => {
  test('refuses a file that is no database, in one line that names it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-corrupt-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const path = join(folder, 'sluice.db');
    writeFileSync(path, 'this is no database, whatever its name says'.repeat(100));
    const opening = openDatabase(`sqlite:${path}`);
    await expect(opening).rejects.toThrow(
      `The database ${path} cannot be used: file is not a database. Move the file away or set DATABASE_URL`,
    );
  });

  test.runIf(process.platform === 'linux')('lets requests go before what SQLite has to write', async () => {
    const priorities = (): number[] =>
      readdirSync('/proc/self/task').map((thread) => {
        const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
      });
    const database = await openDatabase('sqlite::memory:');
    expect(priorities()).toContain(getPriority() + 5);
    await database.onApplicationShutdown();
  });

  test('survives a server that goes away while a connection is held, and is back when it is', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const clock = new ManualClock();
    const database = await openDatabase(await server.createDatabase(), clock);
    expect(database.report).toMatchObject({ status: 'up', reason: null });
    const held = database.run((db) =>
      db.connection().execute(async (connection) => {
        await sql`select 1`.execute(connection);
        await server.stop();
        await sql`select 1`.execute(connection);
      }),
    );
    await expect(held).rejects.toThrow();
    expect(database.report.status).toBe('down');
    await server.start();
    expect((await database.check()).status).toBe('up');
  });

  test('starts without its server, and is there as soon as the server is', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const url = await server.createDatabase();
    await server.stop();
    const clock = new ManualClock();
    const database = await openDatabase(url, clock);
    expect(database.report.status).toBe('down');
    let isReady = false;
    database.onReady(() => {
      isReady = true;
    });
    await expect(database.run((db) => sql`select 1`.execute(db))).rejects.toThrow('not been reached yet');
    await server.start();
    await expect
      .poll(() => {
        clock.advance(1_000);
        return isReady;
      })
      .toBe(true);
    expect(database.isUsable).toBe(true);
  });
});

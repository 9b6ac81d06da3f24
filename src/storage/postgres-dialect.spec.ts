import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PostgresServer } from '../../test/support/postgres-server.js';
import { openKysely } from './open-kysely.js';

describe('the connections to PostgreSQL', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);

  afterAll(() => server.dispose());

  test('fail the statement in the middle of which they break, and nothing else', async () => {
    const url = await server.createDatabase();
    const onUncaught = vi.fn();
    process.on('uncaughtException', onUncaught);
    const db = openKysely(url, () => undefined);
    onTestFinished(async () => {
      process.off('uncaughtException', onUncaught);
      await db.destroy();
    });
    const sleeping = sql`select pg_sleep(60)`.execute(db);
    const failed = expect(sleeping).rejects.toThrow();
    await vi.waitFor(async () => {
      const running = "select pid from pg_stat_activity where query like 'select pg_sleep%'";
      expect(await server.run(running)).toHaveLength(1);
    }, 5_000);
    // The processes of PostgreSQL end without a farewell to their clients.
    await server.stop();
    await failed;
    await server.start();
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(db);
    expect(rows).toEqual([{ one: 1 }]);
    expect(onUncaught).not.toHaveBeenCalled();
  });

  const open = (url: string) => {
    const db = openKysely(url, () => undefined);
    onTestFinished(() => db.destroy());
    return db;
  };

  test('are as many as the URL says', async () => {
    const url = await server.createDatabase();
    const db = open(`${url}?pool_size=3`);
    const numbers = await Promise.all(
      Array.from({ length: 6 }, () =>
        sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.2)`.execute(db),
      ),
    );
    expect(new Set(numbers.flatMap(({ rows }) => rows.map(({ pid }) => pid))).size).toBe(3);
  });

  test('are made anew when they are old, so that a name that moved is asked for its address', async () => {
    const url = await server.createDatabase();
    const db = open(`${url}?max_connection_age=1s`);
    const session = async () => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      return rows[0]?.pid;
    };
    const first = await session();
    expect(await session()).toBe(first);
    await vi.waitFor(async () => {
      expect(await session()).not.toBe(first);
    }, 10_000);
  });

  test('are given up when the server has become a replica, as another has taken its place', async () => {
    const url = await server.createDatabase();
    const name = new URL(url).pathname.slice(1);
    const db = open(`${url}?pool_size=2`);
    const write = () => sql`create table made (id int)`.execute(db);
    await server.run(`alter database ${name} set default_transaction_read_only = on`);
    await expect(write()).rejects.toThrow('read-only');
    await server.run(`alter database ${name} set default_transaction_read_only = off`);
    // The setting is that of a session's beginning: only a new one may write.
    await expect(write()).resolves.toBeDefined();
  });

  test('carry the limits of the URL into each statement, which ends on the server as well', async () => {
    const url = await server.createDatabase();
    const db = open(`${url}?statement_timeout=100`);
    await expect(sql`select pg_sleep(60)`.execute(db)).rejects.toThrow('statement timeout');
    await expect(
      db.transaction().execute((transaction) => sql`select pg_sleep(60)`.execute(transaction)),
    ).rejects.toThrow('statement timeout');
    expect(await server.run("select 1 from pg_stat_activity where query like 'select pg_sleep%'")).toEqual(
      [],
    );
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(db);
    expect(rows).toEqual([{ one: 1 }]);
  });
});

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
});

import { PostgresAdapter, PostgresDialect, sql, type Kysely, type QueryExecutorProvider } from 'kysely';

/** The number that Kysely takes for it, so that versions of Sluice that leave the locking to Kysely wait as well. */
const LOCK = sql.lit(BigInt('3853314791062309107'));

/** Waits until no other process migrates. The end of the transaction ends the lock. */
export async function lockMigrations(transaction: QueryExecutorProvider): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction);
}

/**
 * Kysely's lock belongs to the session. Behind a pooler it may be taken in one session and given back in another, which
 * would lock everybody out for as long as the first one lives.
 */
class TransactionLocks extends PostgresAdapter {
  override acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    return lockMigrations(db);
  }

  override releaseMigrationLock(): Promise<void> {
    return Promise.resolve();
  }
}

export class PooledPostgresDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new TransactionLocks();
  }
}

import type { PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';

const ENDS = new Set(['commit', 'rollback']);
/** PostgreSQL refuses them inside a transaction. */
const ALONE = /\bconcurrently\b/i;
/** What the server says after it has become a replica: the name leads, or will lead, to another. */
const READ_ONLY = '25006';
const UNANSWERED = 'Query read timeout';

/**
 * A connection as Kysely sees it, which leaves nothing behind in the session: behind a pooler in transaction mode the
 * next transaction runs in another session, and this one goes to somebody else. So every statement runs in a
 * transaction, which begins with its settings.
 */
export class PostgresClient implements PostgresPoolClient {
  private isInTransaction = false;
  private isGivenUp = false;

  /** @param settings statements for the beginning of each transaction */
  constructor(
    private readonly client: pg.PoolClient,
    private readonly settings: string,
  ) {}

  query<Row>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<Row>>;
  query(): never;
  query<Row>(sql = '', parameters: readonly unknown[] = []): Promise<PostgresQueryResult<Row>> {
    if (this.isInTransaction || ALONE.test(sql)) return this.run(sql, parameters);
    if (/^(?:begin|start transaction)\b/.test(sql)) return this.begin(sql);
    return this.runAlone(sql, parameters);
  }

  release(isBroken = false): void {
    this.client.release(isBroken || this.isGivenUp);
  }

  private async runAlone<Row>(
    sql: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<Row>> {
    await this.begin('begin');
    try {
      const result = await this.run<Row>(sql, parameters);
      await this.run('commit');
      return result;
    } catch (error) {
      await this.run('rollback').catch(() => {
        this.isGivenUp = true;
      });
      throw error;
    }
  }

  /** Costs one round trip: statements without parameters go out together. */
  private async begin<Row>(sql: string): Promise<PostgresQueryResult<Row>> {
    const result = await this.run<Row>(this.settings === '' ? sql : `${sql};${this.settings}`);
    this.isInTransaction = true;
    return result;
  }

  private async run<Row>(sql: string, parameters?: readonly unknown[]): Promise<PostgresQueryResult<Row>> {
    const isEnd = ENDS.has(sql);
    if (isEnd) this.isInTransaction = false;
    if (this.isGivenUp) {
      // It would wait behind the statement that is not answered. The server rolls back what it loses.
      if (sql === 'rollback') return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw new Error('the connection was given up');
    }
    try {
      const result: unknown = await this.client.query(sql, parameters as unknown[] | undefined);
      // Of several statements: the last.
      return (Array.isArray(result) ? result.at(-1) : result) as PostgresQueryResult<Row>;
    } catch (error) {
      if (isGoneWrong(error)) this.isGivenUp = true;
      throw error;
    }
  }
}

function isGoneWrong(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === UNANSWERED || ('code' in error && error.code === READ_ONLY);
}

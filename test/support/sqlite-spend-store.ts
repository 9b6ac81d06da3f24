import { DatabaseSync } from 'node:sqlite';
import { SpendStore } from '../../src/storage/spend-store.js';

/** A request log with the three columns that spending is summed up from. Can be made slow, or away. */
export class SqliteSpendStore extends SpendStore {
  questions = 0;
  isAway = false;
  private readonly database = new DatabaseSync(':memory:');
  private before: Promise<void> | undefined;
  private after: Promise<void> | undefined;

  constructor() {
    super();
    this.database.exec('create table requests (key_id text, at integer, cost_nano integer)');
  }

  write(keyId: string, at: number, costNano: number): void {
    this.database.prepare('insert into requests values (?, ?, ?)').run(keyId, at, costNano);
  }

  /** From now on answers are held back, before or after the sum was read, until the returned function is called. */
  hold(when: 'before' | 'after'): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this[when] = promise.then(() => undefined);
    return () => {
      this[when] = undefined;
      resolve(undefined);
    };
  }

  override async spentSince(keyId: string, sinceMs: number): Promise<number> {
    this.questions++;
    if (this.isAway) throw new Error('the database is away');
    await this.before;
    const row = this.database
      .prepare('select coalesce(sum(cost_nano), 0) as nano from requests where key_id = ? and at >= ?')
      .get(keyId, sinceMs);
    await this.after;
    return Number(row?.['nano']);
  }
}

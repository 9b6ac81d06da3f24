import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { sql, type Transaction } from 'kysely';
import { randomUUID } from 'node:crypto';
import { Clock } from '../common/clock.js';
import { readDatabaseUrl } from '../config/database-url.js';
import { environment } from '../config/environment.js';
import { toMark, type ChangeMark, type ChangeWatch } from './change-watch.js';
import { Database } from './database.js';
import { Peers } from './peers.js';
import { CHANGES_CHANNEL, PostgresWatch } from './postgres-watch.js';
import { SqliteWatch } from './sqlite/sqlite-watch.js';
import type { Tables } from './tables.js';

const PEER_CHANNEL = 'changes';

export type ChangeListener = () => void | Promise<void>;

/**
 * Tells every process that shares the database, or is a peer, that something has changed, by its topic alone: who listens
 * reads it anew. PostgreSQL tells by NOTIFY, SQLite's file is looked at twice a second, and peers are told at once
 * besides. After a gap everything counts as changed.
 */
@Injectable()
export class ChangeFeed implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('ChangeFeed');
  private readonly listeners = new Map<string, ChangeListener[]>();
  /** The mark that was last heard of, by topic. */
  private readonly known = new Map<string, string>();
  private readonly watch: ChangeWatch;

  constructor(
    private readonly database: Database,
    private readonly peers: Peers,
    clock: Clock,
    @Inject(environment.KEY) { databaseUrl }: ConfigType<typeof environment>,
  ) {
    const heard = {
      onMarks: (marks: readonly ChangeMark[]) => {
        for (const mark of marks) this.hear(mark);
      },
      onGap: () => {
        for (const topic of this.listeners.keys()) void this.tell(topic);
      },
    };
    const location = readDatabaseUrl(databaseUrl);
    this.watch =
      location.dialect === 'postgres'
        ? new PostgresWatch(location, clock, heard)
        : new SqliteWatch(database, clock, heard);
    peers.listen(PEER_CHANNEL, (body) => {
      const mark = toMark(body);
      if (mark !== undefined) this.hear(mark);
    });
  }

  onApplicationBootstrap(): void {
    this.database.onReady(() => {
      this.watch.start();
    });
  }

  onModuleDestroy(): void {
    this.watch.stop();
  }

  /** Calls back after each change, of this process and of others; now and then also when nothing has changed. */
  listen(topic: string, onChange: ChangeListener): void {
    this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), onChange]);
  }

  /**
   * Changes something in the database and tells of it in the same transaction. When it returns, the listeners of this
   * process are through.
   * @param work answers `undefined` when it changed nothing
   * @throws what the database throws
   */
  async change<Value>(
    topic: string,
    work: (transaction: Transaction<Tables>) => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const mark = { topic, mark: randomUUID() };
    const value = await this.database.run((db) =>
      db.transaction().execute(async (transaction) => {
        const result = await work(transaction);
        if (result !== undefined) await this.mark(transaction, mark);
        return result;
      }),
    );
    if (value !== undefined) await this.spread(mark);
    return value;
  }

  /** Tells of something that is not in the database. While the database is away, peers alone hear of it. */
  async announce(topic: string): Promise<void> {
    try {
      await this.change(topic, () => Promise.resolve(true));
    } catch {
      await this.spread({ topic, mark: randomUUID() });
    }
  }

  private async mark(transaction: Transaction<Tables>, { topic, mark }: ChangeMark): Promise<void> {
    // Known before it is committed, so that the echo of one's own change tells nothing new.
    this.known.set(topic, mark);
    await transaction
      .insertInto('change_marks')
      .values({ topic, mark })
      .onConflict((conflict) => conflict.column('topic').doUpdateSet({ mark }))
      .execute();
    if (this.database.dialect === 'postgres') {
      await sql`select pg_notify(${CHANGES_CHANNEL}, ${JSON.stringify({ topic, mark })})`.execute(
        transaction,
      );
    }
  }

  private async spread(mark: ChangeMark): Promise<void> {
    await Promise.all([this.tell(mark.topic), this.peers.tell(PEER_CHANNEL, mark)]);
  }

  private hear({ topic, mark }: ChangeMark): void {
    if (this.known.get(topic) === mark) return;
    this.known.set(topic, mark);
    void this.tell(topic);
  }

  /** Never rejects. */
  private async tell(topic: string): Promise<void> {
    for (const listener of this.listeners.get(topic) ?? []) {
      try {
        await listener();
      } catch (error) {
        this.logger.error({ message: 'a change could not be taken over', topic, err: error });
      }
    }
  }
}

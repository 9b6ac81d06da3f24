import { existsSync } from 'node:fs';

/** What this benchmark uses of the build. The sources themselves are not erasable, so Node cannot run them. */
export interface BuiltCode {
  readonly database: BuiltDatabase;
  readonly store: { write(records: readonly object[]): Promise<void> };
  readonly partitions: { ensure(days: Iterable<number>): Promise<void> };
  readonly requests: {
    page(filter: object, after: object | undefined, limit: number): Promise<PageOfRequests>;
    find(requestId: string): Promise<object | undefined>;
  };
  readonly usage: {
    page(
      period: object,
      groups: readonly string[],
      after: undefined,
      limit: number,
    ): Promise<{ rows: object[] }>;
  };
  readonly spending: { spentSince(keyId: string, since: number): Promise<number> };
  /** One run of the retention that keeps so many milliseconds. */
  prune(retentionMs: number): Promise<void>;
  addToSums(table: string, rows: string, calls: string): string;
}

export interface PageOfRequests {
  readonly rows: readonly { readonly request_id: string }[];
  readonly next: object | undefined;
}

/** A connection as Kysely has it, for statements as they are. */
export interface Runner {
  executeQuery(query: {
    sql: string;
    parameters: readonly unknown[];
  }): Promise<{ rows: Record<string, unknown>[] }>;
}

export interface BuiltDatabase {
  readonly dialect: 'sqlite' | 'postgres';
  run<Value>(work: (db: Runner) => Promise<Value>): Promise<Value>;
  onModuleInit(): Promise<void>;
  onApplicationShutdown(): Promise<void>;
}

type Class = new (...parameters: unknown[]) => unknown;

/** @throws Error without a build */
export async function loadBuiltCode(databaseUrl: string): Promise<BuiltCode> {
  if (!existsSync('dist/usage/log-store.js')) throw new Error('dist is missing: npm run build');
  await import('reflect-metadata');
  const read = async (path: string, name: string): Promise<unknown> =>
    ((await import(new URL(`../../../dist/${path}.js`, import.meta.url).href)) as Record<string, unknown>)[
      name
    ];
  const classOf = async (path: string, name: string): Promise<Class> => (await read(path, name)) as Class;
  const clock = new (await classOf('common/clock', 'SystemClock'))();
  const redactor = new (await classOf('common/redactor', 'Redactor'))();
  const database = new (await classOf('storage/database', 'Database'))(
    { databaseUrl },
    clock,
    redactor,
  ) as BuiltDatabase;
  await database.onModuleInit();
  const partitions = new (await classOf('usage/log-partitions', 'LogPartitions'))(database);
  const Retention = await classOf('usage/log-retention', 'LogRetention');
  return {
    database,
    partitions: partitions as BuiltCode['partitions'],
    store: new (await classOf('usage/log-store', 'LogStore'))(database, partitions) as BuiltCode['store'],
    requests: new (await classOf('usage/request-reader', 'RequestReader'))(database) as BuiltCode['requests'],
    usage: new (await classOf('usage/usage-reader', 'UsageReader'))(database) as BuiltCode['usage'],
    spending: new (await classOf('storage/stored-spending', 'StoredSpending'))(
      database,
    ) as BuiltCode['spending'],
    prune: async (retentionMs) => {
      const settings = { current: { logging: { retentionMs } }, onChange: () => () => undefined };
      await (new Retention(database, partitions, settings, clock) as { run(): Promise<void> }).run();
    },
    addToSums: (await read('usage/usage-sums', 'addToSums')) as BuiltCode['addToSums'],
  };
}

export async function runSql(database: BuiltDatabase, sql: string): Promise<Record<string, unknown>[]> {
  const query = { sql, parameters: [], query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] } };
  return (await database.run((db) => db.executeQuery(query))).rows;
}

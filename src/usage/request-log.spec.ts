import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { makeRecord } from '../../test/support/make-record.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { RecordSinks } from '../common/record-sinks.js';
import { Redactor } from '../common/redactor.js';
import { readEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { RequestRecord } from '../contract/request-record.js';
import { Database } from '../storage/database.js';
import { LogPartitions } from './log-partitions.js';
import { LogStore } from './log-store.js';
import { FLUSH_MS, RequestLog } from './request-log.js';
import { SpillFolder } from './spill-folder.js';

const SECRET = 'hunter2-hunter2';

describeOnBothDatabases('RequestLog', (maker) => {
  let clock: ManualClock;
  let database: Database;
  let log: RequestLog;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-log-'));
    clock = new ManualClock();
    clock.holdSleeps = true;
    ({ database, log } = await open(await maker.create()));
  });

  afterEach(async () => {
    await log.beforeApplicationShutdown();
    await database.onApplicationShutdown();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(url: string): Promise<{ database: Database; log: RequestLog }> {
    const redactor = new Redactor();
    redactor.learn([SECRET]);
    const opened = new Database(readEnvironment({ DATABASE_URL: url }).settings, clock, redactor);
    await opened.onModuleInit();
    const settings = loadSettings({ GATEWAY_CONFIG: 'gateway.yaml' }, () => 'logging: {}');
    const made = new RequestLog(
      new LogStore(opened, new LogPartitions(opened)),
      new SpillFolder(join(folder, 'spill')),
      new SettingsHolder(settings),
      clock,
      redactor,
      new RecordSinks(clock),
    );
    made.onApplicationBootstrap();
    return { database: opened, log: made };
  }

  const records = (count: number, name = 'r'): RequestRecord[] =>
    Array.from({ length: count }, (_, index) =>
      makeRecord({ id: `${name}-${String(index)}`, at: clock.now() }),
    );

  /** What the database is asked waits for `goOn`. */
  function holdDatabase() {
    const { promise: isFree, resolve: goOn } = Promise.withResolvers<undefined>();
    const run = database.run.bind(database);
    const calls = vi.spyOn(database, 'run').mockImplementation(async (work) => {
      await isFree;
      return run(work);
    });
    return {
      calls,
      goOn: (): void => {
        goOn(undefined);
      },
    };
  }

  async function countRows(): Promise<number> {
    const { count } = await database.run((db) =>
      db
        .selectFrom('request_log')
        .select((builder) => builder.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow(),
    );
    return count;
  }

  test('writes half a second after a record came, and not before', async () => {
    for (const record of records(3)) log.record(record);
    clock.advance(FLUSH_MS - 1);
    expect(log.counts).toMatchObject({ queued: 3, written: 0 });
    clock.advance(1);
    await expect.poll(() => log.counts.written).toBe(3);
    expect(await countRows()).toBe(3);
  });

  test('writes at once when a whole batch has come', async () => {
    for (const record of records(1_000)) log.record(record);
    await expect.poll(() => log.counts.written).toBe(1_000);
  });

  test('lets what comes during a write wait its half second too, as each transaction has its price', async () => {
    const { calls: writes, goOn } = holdDatabase();
    for (const record of records(3)) log.record(record);
    clock.advance(FLUSH_MS);
    await expect.poll(() => writes.mock.calls.length).toBeGreaterThan(0);
    for (const record of records(2, 'later')) log.record(record);
    goOn();
    await expect.poll(() => log.counts.written).toBe(3);
    clock.advance(FLUSH_MS - 1);
    expect(await countRows()).toBe(3);
    clock.advance(1);
    await expect.poll(() => log.counts.written).toBe(5);
  });

  test('tells who listens what is written for good', async () => {
    const written: string[] = [];
    log.onWritten((batch) => written.push(...batch.map(({ id }) => id)));
    for (const record of records(2)) log.record(record);
    clock.advance(FLUSH_MS);
    await expect.poll(() => written).toEqual(['r-0', 'r-1']);
  });

  test('loses nothing at a shutdown', async () => {
    for (const record of records(1_234)) log.record(record);
    await log.beforeApplicationShutdown();
    expect(await countRows()).toBe(1_234);
  });

  test('keeps records in memory while the database is away, then on disk, and writes all of them when it is back', async () => {
    const away = vi.spyOn(database, 'run').mockRejectedValue(new Error('connection refused'));
    for (const record of records(12_000)) log.record(record);
    clock.advance(FLUSH_MS);
    await expect.poll(() => log.counts.spilled).toBeGreaterThan(0);
    expect(log.counts.queued + log.counts.spilled).toBe(12_000);
    expect(log.counts).toMatchObject({ written: 0, dropped: 0 });
    away.mockRestore();
    await expect
      .poll(
        () => {
          clock.advance(1_000);
          return log.counts.written;
        },
        { timeout: 20_000 },
      )
      .toBe(12_000);
    expect(await countRows()).toBe(12_000);
    await expect.poll(() => readdirSync(join(folder, 'spill'))).toEqual([]);
  }, 60_000);

  test('keeps the oldest on disk while more comes than the database writes, and loses none of them', async () => {
    const { calls: slow, goOn } = holdDatabase();
    for (const record of records(12_000)) log.record(record);
    await expect.poll(() => log.counts.spilled).toBeGreaterThan(0);
    expect(log.counts.queued + log.counts.spilled).toBe(12_000);
    expect(log.counts.queued).toBeLessThanOrEqual(10_000);
    goOn();
    slow.mockRestore();
    await expect.poll(() => log.counts.written, { timeout: 20_000 }).toBe(12_000);
    expect(await countRows()).toBe(12_000);
    expect(log.counts.dropped).toBe(0);
  }, 60_000);

  test('leaves on disk what a shutdown cannot write, for the next process to write', async () => {
    const url = await maker.create();
    const first = await open(url);
    vi.spyOn(first.database, 'run').mockRejectedValue(new Error('connection refused'));
    for (const record of records(7, 'left')) first.log.record(record);
    await first.log.beforeApplicationShutdown();
    expect(readdirSync(join(folder, 'spill'))).toHaveLength(1);
    vi.mocked(first.database.run).mockRestore();
    await first.database.onApplicationShutdown();

    const second = await open(url);
    onTestFinished(() => second.database.onApplicationShutdown());
    await expect.poll(() => second.log.counts.written).toBe(7);
    await expect.poll(() => readdirSync(join(folder, 'spill'))).toEqual([]);
  });

  test('gives up a record that the database refuses, and that record alone', async () => {
    const all = records(20);
    // More than a whole number of the database can hold.
    all[13] = makeRecord({ id: 'faulty', at: clock.now(), totalMs: 1e30 });
    for (const record of all) log.record(record);
    clock.advance(FLUSH_MS);
    await expect.poll(() => log.counts.written + log.counts.dropped).toBe(20);
    expect(await countRows()).toBe(log.counts.written);
    expect(log.counts.written).toBeGreaterThanOrEqual(19);
  });

  test('cuts and redacts what is kept of prompts and answers', async () => {
    log.record({
      ...makeRecord({ id: 'full', at: clock.now() }),
      bodies: { request: `my key is ${SECRET}`, response: 'x'.repeat(100_000) },
    });
    clock.advance(FLUSH_MS);
    await expect.poll(() => log.counts.written).toBe(1);
    const [row] = await database.run((db) => db.selectFrom('request_bodies').selectAll().execute());
    expect(row?.request).toBe('my key is [redacted]');
    expect(row?.response).toMatch(/^x{65536} \[34464 characters more\]$/);
    expect(existsSync(join(folder, 'spill'))).toBe(false);
  });
});

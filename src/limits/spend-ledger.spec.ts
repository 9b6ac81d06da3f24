import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { SqliteSpendStore } from '../../test/support/sqlite-spend-store.js';
import { DAY_MS } from './budget-period.js';
import { SpendLedger } from './spend-ledger.js';

const KEY = 'team-a';
const TODAY = Date.UTC(2026, 10, 25);
const NOON = TODAY + DAY_MS / 2;

describe('SpendLedger', () => {
  let clock: ManualClock;
  let store: SqliteSpendStore;
  let ledger: SpendLedger;
  const lines: unknown[] = [];

  /** Lets the answers of the store, which are there already, arrive. */
  const arrive = () => new Promise((resolve) => setImmediate(resolve));
  const spent = (since = TODAY) => ledger.spent(KEY, since);
  const settle = (nano: number, at = clock.now()) => {
    ledger.settled(KEY, at, nano);
  };
  const commit = (nano: number, at = clock.now()) => {
    store.write(KEY, at, nano);
    ledger.committed(KEY, at, nano);
  };
  const refresh = async () => {
    clock.advance(5_000);
    void ledger.prepare(KEY, TODAY);
    await arrive();
  };

  beforeEach(() => {
    clock = new ManualClock(NOON);
    store = new SqliteSpendStore();
    ledger = new SpendLedger(store, clock);
    lines.length = 0;
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(line));
    vi.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void lines.push(line));
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('waits for the sum in the database when a key is first used, and not again', async () => {
    store.write(KEY, NOON - 1, 70);
    store.write(KEY, TODAY - 1, 1_000);
    store.write('another', NOON, 5);
    const ready = ledger.prepare(KEY, TODAY);
    expect(ready).toBeInstanceOf(Promise);
    expect(ledger.prepare(KEY, TODAY)).toBe(ready);
    await ready;
    expect(spent()).toBe(70);
    expect(ledger.prepare(KEY, TODAY)).toBeUndefined();
    expect(store.questions).toBe(1);
  });

  test('waits 250 ms at most; a sum that comes later is added when it comes', async () => {
    store.write(KEY, NOON, 70);
    const answer = store.hold('before');
    const ready = ledger.prepare(KEY, TODAY);
    clock.advance(250);
    await ready;
    settle(5);
    expect(spent()).toBe(5);
    expect(ledger.prepare(KEY, TODAY)).toBeUndefined();
    answer();
    await arrive();
    expect(spent()).toBe(75);
  });

  test('asks every 5 seconds while the key is in use, without waiting', async () => {
    await ledger.prepare(KEY, TODAY);
    store.write(KEY, NOON, 40);
    clock.advance(4_999);
    expect(ledger.prepare(KEY, TODAY)).toBeUndefined();
    expect(store.questions).toBe(1);
    clock.advance(1);
    expect(ledger.prepare(KEY, TODAY)).toBeUndefined();
    await arrive();
    expect(spent()).toBe(40);
    expect(store.questions).toBe(2);
    clock.advance(60_000);
    expect(store.questions).toBe(2);
  });

  test('waits again when the key was not in use for a minute: others may have spent since', async () => {
    await ledger.prepare(KEY, TODAY);
    store.write(KEY, NOON, 40);
    clock.advance(60_000);
    await ledger.prepare(KEY, TODAY);
    expect(spent()).toBe(40);
  });

  test('a settled cost counts once, on its way into the database and there', async () => {
    await ledger.prepare(KEY, TODAY);
    settle(10);
    expect(spent()).toBe(10);
    await refresh();
    expect(spent()).toBe(10);
    commit(10);
    expect(spent()).toBe(10);
    await refresh();
    expect(spent()).toBe(10);
    expect(ledger.inDatabase(KEY, TODAY)).toBe(10);
  });

  test('a cost that is written while the sum is read is not lost', async () => {
    await ledger.prepare(KEY, TODAY);
    settle(10);
    clock.advance(5_000);
    const answer = store.hold('after');
    void ledger.prepare(KEY, TODAY);
    await arrive();
    commit(10);
    answer();
    await arrive();
    expect(ledger.inDatabase(KEY, TODAY)).toBe(0);
    expect(spent()).toBe(10);
    await refresh();
    expect(spent()).toBe(10);
  });

  test('a cost that the sum has already counts twice until the next sum at the longest', async () => {
    await ledger.prepare(KEY, TODAY);
    settle(10);
    clock.advance(5_000);
    const answer = store.hold('before');
    void ledger.prepare(KEY, TODAY);
    await arrive();
    commit(10);
    answer();
    await arrive();
    expect(spent()).toBe(20);
    await refresh();
    expect(spent()).toBe(10);
  });

  test('what was spilled by an earlier process and is written now is neither lost nor taken off', async () => {
    await ledger.prepare(KEY, TODAY);
    settle(3);
    commit(10);
    expect(spent()).toBe(10);
    await refresh();
    expect(spent()).toBe(10);
  });

  test('goes on without the database, says so once, and asks again', async () => {
    store.isAway = true;
    await ledger.prepare(KEY, TODAY);
    settle(10);
    expect(spent()).toBe(10);
    await refresh();
    await refresh();
    expect(lines).toEqual([
      {
        message: 'What gateway keys have spent cannot be read from the database: budgets go by what is known',
        reason: 'the database is away',
      },
    ]);
    store.isAway = false;
    store.write(KEY, NOON, 90);
    await refresh();
    expect(spent()).toBe(100);
    expect(lines).toHaveLength(2);
  });

  test('keeps the last sum while the database is away', async () => {
    store.write(KEY, NOON, 90);
    await ledger.prepare(KEY, TODAY);
    store.isAway = true;
    await refresh();
    settle(5);
    commit(5);
    await refresh();
    expect(spent()).toBe(95);
  });

  test('gives up a question that is never answered, and does not believe a late answer', async () => {
    const answer = store.hold('after');
    void ledger.prepare(KEY, TODAY);
    await arrive();
    clock.advance(29_999);
    void ledger.prepare(KEY, TODAY);
    expect(store.questions).toBe(1);
    store.write(KEY, NOON, 8);
    clock.advance(1);
    const second = ledger.prepare(KEY, TODAY);
    expect(store.questions).toBe(2);
    answer();
    await second;
    await arrive();
    expect(spent()).toBe(8);
  });

  test.each([
    ['a day', TODAY + DAY_MS],
    ['a week', Date.UTC(2026, 10, 30)],
    ['a month', Date.UTC(2026, 11, 1)],
  ])('begins anew with %s: only what came in since counts', async (_, next) => {
    store.write(KEY, NOON, 70);
    await ledger.prepare(KEY, TODAY);
    settle(5);
    clock.advance(next - clock.now());
    await ledger.prepare(KEY, next);
    expect(ledger.spent(KEY, next)).toBe(0);
    settle(1, next - 1);
    settle(2, next);
    expect(ledger.spent(KEY, next)).toBe(2);
    expect(ledger.spent(KEY, TODAY)).toBe(8);
  });

  test('forgets a key that rests, unless something of it is not written yet', async () => {
    await ledger.prepare(KEY, TODAY);
    settle(5);
    clock.advance(700_000);
    ledger.forgetIdle();
    expect(spent()).toBe(5);
    commit(5);
    ledger.forgetIdle();
    expect(spent()).toBe(0);
    await ledger.prepare(KEY, TODAY);
    expect(spent()).toBe(5);
  });
});

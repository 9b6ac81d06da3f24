import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { openKeys, type OpenKeys } from '../../test/support/open-keys.js';
import { PostgresServer } from '../../test/support/postgres-server.js';
import { describeWithRedis, RedisServer } from '../../test/support/redis-server.js';
import { SystemClock, type Clock } from '../common/clock.js';

const TOPIC = 'something';

interface Process extends OpenKeys {
  /** How often the topic was told. */
  readonly told: { count: number };
}

async function open(url: string, clock: Clock = new SystemClock(), redisUrl?: string): Promise<Process> {
  const opened = await openKeys(url, clock, redisUrl);
  onTestFinished(() => opened.close());
  const told = { count: 0 };
  opened.feed.listen(TOPIC, () => {
    told.count += 1;
  });
  return { ...opened, told };
}

/** Until all of them listen. What they are told from then on is news. */
async function meet(announcing: Process, ...others: readonly Process[]): Promise<void> {
  const before = others.map(({ told }) => told.count);
  await announcing.feed.announce(TOPIC);
  await vi.waitFor(() => {
    others.forEach(({ told }, index) => {
      expect(told.count).toBeGreaterThan(before[index]!);
    });
  }, 10_000);
  for (const { told } of [announcing, ...others]) told.count = 0;
}

describeOnBothDatabases('the change feed', (maker) => {
  test('tells this process at once, and the others: PostgreSQL by itself, SQLite at the next look', async () => {
    const clock = new ManualClock();
    const url = await maker.create();
    const [one, two] = [await open(url, clock), await open(url, clock)];
    for (const [announcing, other] of [
      [one, two],
      [two, one],
      [one, two],
    ] as const) {
      const before = { announcing: announcing.told.count, other: other.told.count };
      await announcing.feed.announce(TOPIC);
      expect(announcing.told.count).toBeGreaterThan(before.announcing);
      if (maker.server === undefined) clock.advance(500);
      await vi.waitFor(() => {
        expect(other.told.count).toBeGreaterThan(before.other);
      }, 5_000);
    }
  });

  test('tells of nothing that was rolled back, and of nothing that changed nothing', async () => {
    const url = await maker.create();
    const [one, two] = [await open(url), await open(url)];
    await meet(two, one);
    await meet(one, two);
    const failing = one.feed.change(TOPIC, () => Promise.reject(new Error('syntax error of the test')));
    await expect(failing).rejects.toThrow('of the test');
    await one.feed.change(TOPIC, () => Promise.resolve(undefined));
    await one.feed.announce(TOPIC);
    await vi.waitFor(() => {
      expect(two.told.count).toBe(1);
    }, 5_000);
  });

  test('keeps topics apart, and goes on when a listener fails', async () => {
    const { feed, told } = await open(await maker.create());
    feed.listen('other', () => {
      throw new Error('of the test');
    });
    let after = 0;
    feed.listen('other', () => {
      after += 1;
    });
    // The connection that listens comes about by and by, and everybody is told then, whatever the topic.
    await expect
      .poll(async () => {
        const before = told.count;
        await feed.announce('other');
        return told.count - before;
      })
      .toBe(0);
    expect(after).toBeGreaterThan(0);
  });
});

describe('the change feed on a PostgreSQL that goes away', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 60_000);

  afterAll(() => server.dispose());

  test('tells that everything may have changed as soon as it is back', async () => {
    const url = await server.createDatabase();
    const [waiting, other] = [await open(url), await open(url)];
    await meet(other, waiting);
    await server.stop();
    await server.start();
    await vi.waitFor(() => {
      expect(waiting.told.count).toBeGreaterThan(0);
    }, 10_000);
    await vi.waitFor(() => other.database.run((db) => db.selectFrom('change_marks').execute()), 10_000);
    await meet(other, waiting);
  });

  test('begins when PostgreSQL comes after the gateway', async () => {
    const url = await server.createDatabase();
    await server.stop();
    const early = await open(url);
    expect(early.told.count).toBe(0);
    await server.start();
    await vi.waitFor(() => {
      expect(early.told.count).toBeGreaterThan(0);
    }, 10_000);
  });

  test('finds by looking what its connection did not bring', async () => {
    const clock = new ManualClock();
    const url = await server.createDatabase();
    const [waiting, other] = [await open(url, clock), await open(url, clock)];
    await meet(other, waiting);
    // As through a pooler that hands LISTEN to one connection and the rest to another.
    await server.run(`update change_marks set mark = 'unheard-of' where topic = '${TOPIC}'`, url);
    clock.advance(1_000);
    await vi.waitFor(() => {
      expect(waiting.told.count).toBe(1);
    }, 5_000);
  });

  test('is not confused by what others say on its channel', async () => {
    // While it stands still, no look takes back what is only said, and no connection that broke comes back.
    const clock = new ManualClock();
    const url = await server.createDatabase();
    const [waiting, other] = [await open(url, clock), await open(url, clock)];
    await meet(other, waiting);
    // It listens by now, and of this topic the marks in the database say nothing.
    let told = 0;
    waiting.feed.listen('foreign', () => {
      told += 1;
    });
    for (const payload of ['', 'null', '{}', '{"topic":1,"mark":2}', '[]', '"']) {
      await server.run(`select pg_notify('sluice_changes', '${payload}')`, url);
    }
    await server.run(`select pg_notify('sluice_changes', '{"topic":"foreign","mark":"new"}')`, url);
    await vi.waitFor(() => {
      expect(told).toBe(1);
    }, 5_000);
  });
});

describeWithRedis('the change feed with Redis', () => {
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await RedisServer.start();
  });

  afterEach(() => redis.dispose());

  test('needs no look at the database to tell others', async () => {
    // Nobody moves this clock, so that nothing is looked at.
    const clock = new ManualClock();
    const [one, two] = [
      await open('sqlite::memory:', clock, redis.url),
      await open('sqlite::memory:', clock, redis.url),
    ];
    await vi.waitFor(async () => {
      const before = two.told.count;
      await one.feed.announce(TOPIC);
      await vi.waitFor(() => {
        expect(two.told.count).toBeGreaterThan(before);
      }, 200);
    }, 5_000);
  });

  test('tells by Redis alone while the database is away', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const url = await server.createDatabase();
    const [one, two] = [
      await open(url, new SystemClock(), redis.url),
      await open(url, new SystemClock(), redis.url),
    ];
    await meet(one, two);
    await meet(two, one);
    await server.stop();
    await vi.waitFor(async () => {
      await one.feed.announce(TOPIC);
      expect(one.told.count).toBeGreaterThan(0);
      await vi.waitFor(() => {
        expect(two.told.count).toBeGreaterThan(0);
      }, 500);
    }, 10_000);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { RecoveryRamp } from '../../src/routing/recovery-ramp.js';
import { RestBook } from '../../src/routing/rest-book.js';
import { TargetMeter } from '../../src/routing/target-meter.js';
import { RedisConnection } from '../../src/storage/redis-connection.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const ADMIN_KEY = 'admin-key-of-the-test';
const SHARED_WITHIN_MS = 200;
/** Reconnecting takes up to 2 s; loaded machines add theirs. */
const BACK = { timeout: 10_000, interval: 10 };
const UNAVAILABLE = 'Redis is unavailable: this process goes by its own state';
const AVAILABLE = 'Redis is available: state is shared';

/** Real timers, since Redis lives in real time; cooldowns are passed by shifting the time. */
class ShiftedClock extends SystemClock {
  shiftMs = 0;

  override now(): number {
    return super.now() + this.shiftMs;
  }

  override monotonic(): number {
    return super.monotonic() + this.shiftMs;
  }
}

describeWithRedis('state shared through Redis', () => {
  const clock = new ShiftedClock();
  let redis: RedisServer;
  let deepseek: Simulator;
  let openai: Simulator;
  let one: RunningGateway;
  let two: RunningGateway;

  const start = () =>
    startGateway({
      clock,
      environment: { REDIS_URL: redis.url, GATEWAY_ADMIN_KEY: ADMIN_KEY },
      yaml: `
providers:
  - { name: deepseek, vendor: deepseek, base_url: "${deepseek.url}/v1", api_keys: [key-one, key-two], max_retries: 0 }
  - { name: openai, vendor: openai, base_url: "${openai.url}/v1", api_keys: [key-three], max_retries: 0 }
routing:
  max_cooldown: 10m
  routes:
    - { name: auto, strategy: priority, targets: [deepseek, openai] }
    - { name: idle, strategy: least-busy, targets: [deepseek, openai] }
`,
    });
  const connection = (gateway: RunningGateway) => gateway.app.get(RedisConnection, { strict: false });
  const book = (gateway: RunningGateway) => gateway.app.get(RestBook, { strict: false });
  const meter = (gateway: RunningGateway) => gateway.app.get(TargetMeter, { strict: false });
  const resting = (gateway: RunningGateway) => [...book(gateway).entries().keys()].sort();
  const ask = (gateway: RunningGateway, body: object = {}) =>
    postJson(`${gateway.url}/v1/chat`, { ...QUESTION, ...body });
  const turn = (gateway: RunningGateway, provider: string, action: 'disable' | 'enable' | 'reset') =>
    postJson(
      `${gateway.url}/admin/targets/${provider}/${action}`,
      {},
      { authorization: `Bearer ${ADMIN_KEY}` },
    );

  const connected = (...gateways: RunningGateway[]) =>
    vi.waitFor(() => {
      for (const gateway of gateways) {
        expect(connection(gateway).report.status).toBe('up');
        expect(connection(gateway).isUsable).toBe(true);
      }
    }, BACK);
  /** Waits until it holds and gives the milliseconds that took. */
  const timed = async (check: () => void): Promise<number> => {
    const begun = performance.now();
    await vi.waitFor(check, { timeout: 5_000, interval: 2 });
    return performance.now() - begun;
  };
  /** Nest has one logger for the process, so that all replicas' lines are in the newest gateway's. */
  const changes = (gateway: RunningGateway) =>
    two.logs
      .matching({ replica: connection(gateway).origin })
      .map(({ message }) => (message as { message: string }).message);

  beforeAll(async () => {
    [deepseek, openai] = await Promise.all([
      startSimulator({ format: 'openai', flavour: 'deepseek' }),
      startSimulator({ format: 'openai' }),
    ]);
  });

  beforeEach(async () => {
    redis = await RedisServer.start();
    one = await start();
    two = await start();
    await connected(one, two);
  });

  afterEach(async () => {
    redis.resume();
    await Promise.all([one.close(), two.close()]);
    await Promise.all([redis.dispose(), deepseek.clear(), openai.clear()]);
  });

  afterAll(() => Promise.all([deepseek.close(), openai.close()]));

  test('a key that one replica saw rate limited is left alone by the other', async () => {
    deepseek.behave('status-429;retry-after=60', { key: 'key-one' });
    deepseek.behave('status-429;retry-after=60', { key: 'key-two' });
    await expect(ask(one)).resolves.toMatchObject({ status: 200, body: { provider: 'openai' } });
    expect(resting(one)).toHaveLength(2);
    const took = await timed(() => {
      expect(resting(two)).toEqual(resting(one));
    });
    expect(took).toBeLessThan(SHARED_WITHIN_MS);
    const calls = deepseek.requests.length;
    await expect(ask(two)).resolves.toMatchObject({ status: 200, body: { provider: 'openai' } });
    expect(deepseek.requests).toHaveLength(calls);
    expect([...book(two).entries().values()]).toEqual([...book(one).entries().values()]);
  });

  test('what a person disables, enables and resets at one replica holds at the other', async () => {
    await turn(one, 'deepseek', 'disable');
    const disabling = await timed(() => {
      expect(resting(two)).toEqual(['deepseek']);
    });
    await expect(ask(two)).resolves.toMatchObject({ body: { provider: 'openai' } });
    await turn(two, 'deepseek', 'enable');
    const enabling = await timed(() => {
      expect(resting(one)).toEqual([]);
    });
    await expect(ask(one)).resolves.toMatchObject({ body: { provider: 'deepseek' } });

    deepseek.behave('status-503', { times: 1 });
    await ask(one);
    await timed(() => {
      expect(resting(two)).toEqual(['deepseek/deepseek-chat']);
    });
    await turn(two, 'deepseek', 'reset');
    const resetting = await timed(() => {
      expect(resting(one)).toEqual([]);
    });
    expect(Math.max(disabling, enabling, resetting)).toBeLessThan(SHARED_WITHIN_MS);
  });

  test('a replica that starts learns what rests, but not what is over', async () => {
    const over = { scope: 'provider', reason: '', isRateLimit: false, since: 1, until: 2 };
    const stale = JSON.stringify({ kind: 'rest', id: 'openai', at: 1, entry: over, failedTrials: 0 });
    redis.command('HSET', 'sluice:0:rests', 'rest:openai', stale, 'rest:broken', 'no JSON');
    deepseek.behave('status-503', { times: 1 });
    await ask(one);
    await turn(one, 'openai', 'disable');
    await timed(() => {
      expect(redis.command('HLEN', 'sluice:0:rests')).toBe('4');
    });
    const three = await start();
    try {
      const took = await timed(() => {
        expect(resting(three)).toEqual(['deepseek/deepseek-chat', 'openai']);
      });
      expect(took).toBeLessThan(1_000);
      await timed(() => {
        expect(redis.command('HKEYS', 'sluice:0:rests').split('\n').sort()).toEqual([
          'provider:openai',
          'rest:deepseek/deepseek-chat',
        ]);
      });
    } finally {
      await three.close();
    }
  });

  test('a rest that is learned lengthens a shorter one and shortens none', async () => {
    deepseek.behave('status-503', { times: 1 });
    await ask(one);
    await timed(() => {
      expect(resting(two)).toEqual(['deepseek/deepseek-chat']);
    });
    const until = () => book(two).entries().get('deepseek/deepseek-chat')?.until;
    const own = until();
    const tell = (at: number, learned: number) => {
      const entry = { scope: 'target', reason: '', isRateLimit: false, since: at, until: learned };
      const body = [{ kind: 'rest', id: 'deepseek/deepseek-chat', at, entry, failedTrials: 0 }];
      redis.command('PUBLISH', 'sluice:0:rests', JSON.stringify({ origin: 'another', body }));
    };
    const later = clock.now() + 600_000;
    tell(clock.now() + 1_000, clock.now() + 5_000);
    await turn(one, 'openai', 'disable');
    await timed(() => {
      expect(resting(two)).toContain('openai');
    });
    expect(until()).toBe(own);
    tell(clock.now() - 1_000, later);
    await timed(() => {
      expect(until()).toBe(later);
    });
  });

  test('trials are each replica’s own; what they show is shared', async () => {
    deepseek.behave('status-503');
    await ask(one);
    const restMs = (gateway: RunningGateway) =>
      (book(gateway).entries().get('deepseek/deepseek-chat')?.until ?? 0) - clock.now();
    await timed(() => {
      expect(restMs(two)).toBeGreaterThan(50_000);
    });
    // The trial of the one fails, then that of the other: the rest doubles each time.
    clock.shiftMs += 61_000;
    await ask(one);
    await timed(() => {
      expect(restMs(two)).toBeGreaterThan(110_000);
    });
    clock.shiftMs += 121_000;
    await ask(two);
    await timed(() => {
      expect(restMs(one)).toBeGreaterThan(230_000);
    });
    await deepseek.clear();
    clock.shiftMs += 241_000;
    await expect(ask(two)).resolves.toMatchObject({ body: { provider: 'deepseek' } });
    // The other needs no trial any more, and lets its traffic back in steps as well.
    await timed(() => {
      expect(one.app.get(RecoveryRamp, { strict: false }).isIdle).toBe(false);
    });
  });

  test('calls in flight at one replica count at the other, and those of a dead one vanish', async () => {
    deepseek.behave('late-1500', { times: 1 });
    const answer = ask(one, { provider: 'deepseek' });
    await timed(() => {
      expect(meter(two).inFlight('deepseek/deepseek-chat')).toBe(1);
    });
    // This replica has nothing in flight of its own.
    expect(meter(two).counts.size).toBe(0);
    await expect(ask(two, { model: 'idle' })).resolves.toMatchObject({ body: { provider: 'openai' } });
    await answer;
    await timed(() => {
      expect(meter(two).inFlight('deepseek/deepseek-chat')).toBe(0);
    });
    redis.command('PUBLISH', 'sluice:0:counts', '{"origin":"dead","body":{"deepseek/deepseek-chat":3}}');
    await timed(() => {
      expect(meter(two).inFlight('deepseek/deepseek-chat')).toBe(3);
    });
    const lapsed = await timed(() => {
      expect(meter(two).inFlight('deepseek/deepseek-chat')).toBe(0);
    });
    expect(lapsed).toBeGreaterThan(1_500);
  });

  test('what is no message of ours changes nothing', async () => {
    for (const text of [
      '',
      'no JSON',
      'null',
      '{"origin":"x"}',
      '{"origin":"x","body":[{"kind":"rest"},null,1]}',
    ])
      redis.command('PUBLISH', 'sluice:0:rests', text);
    await turn(one, 'deepseek', 'disable');
    await timed(() => {
      expect(resting(two)).toEqual(['deepseek']);
    });
    expect(connection(two).report.status).toBe('up');
  });

  /** Asks one after another until the fault is over; all must be answered, about as fast as before. */
  async function askDuring(fault: () => Promise<void>): Promise<void> {
    const measure = async (): Promise<number> => {
      const begun = performance.now();
      await expect(ask(one)).resolves.toMatchObject({ status: 200, body: { provider: 'deepseek' } });
      return performance.now() - begun;
    };
    const before: number[] = [];
    for (let count = 0; count < 40; count++) before.push(await measure());
    const during: number[] = [];
    const over = new AbortController();
    const ending = fault().finally(() => {
      over.abort();
    });
    while (!over.signal.aborted) during.push(await measure());
    await ending;
    expect(during.length).toBeGreaterThan(40);
    // Single requests are late on a busy machine whatever the cause; one that waits for Redis makes all of them late.
    expect(percentile(during, 0.9)).toBeLessThan(percentile(before, 0.9) + 50);
    expect(Math.max(...during)).toBeLessThan(1_000);
  }

  async function expectSharing(): Promise<void> {
    await connected(one, two);
    await turn(one, 'openai', 'disable');
    const took = await timed(() => {
      expect(resting(two)).toContain('openai');
    });
    expect(took).toBeLessThan(SHARED_WITHIN_MS);
  }

  test('Redis killed and started anew: requests do not notice, and what was known is back in it', async () => {
    await turn(two, 'openai', 'disable');
    await timed(() => {
      expect(resting(one)).toEqual(['openai']);
    });
    await askDuring(async () => {
      await redis.kill();
      await vi.waitFor(() => {
        for (const gateway of [one, two]) expect(connection(gateway).report.status).toBe('down');
      }, BACK);
      // Both go by their own state meanwhile; a person's later word wins over an earlier one when Redis is back.
      await turn(one, 'openai', 'enable');
      expect(resting(two)).toEqual(['openai']);
      await pause(1_500);
    });
    await redis.start();
    await connected(one, two);
    await timed(() => {
      expect(resting(two)).toEqual([]);
    });
    expect(JSON.parse(redis.command('HGET', 'sluice:0:rests', 'provider:openai'))).toMatchObject({
      kind: 'enable',
    });
    await expectSharing();
    for (const gateway of [one, two]) expect(changes(gateway)).toEqual(oneBreak(gateway));
  });

  test('Redis that stops answering: requests do not notice, one line says so, one says that it is back', async () => {
    await askDuring(async () => {
      redis.pause();
      await vi.waitFor(() => {
        for (const gateway of [one, two]) expect(connection(gateway).report.status).toBe('down');
      }, BACK);
      await turn(one, 'openai', 'disable');
      await pause(2_000);
      expect(resting(two)).toEqual([]);
    });
    redis.resume();
    await connected(one, two);
    await timed(() => {
      expect(resting(two)).toEqual(['openai']);
    });
    for (const gateway of [one, two]) expect(changes(gateway)).toEqual(oneBreak(gateway));
  });

  test('Redis that flaps: requests do not notice, and the lines alternate', async () => {
    await askDuring(async () => {
      for (let round = 0; round < 4; round++) {
        await redis.kill();
        await pause(150);
        await redis.start();
        await pause(400);
        redis.pause();
        await pause(200);
        redis.resume();
      }
    });
    await expectSharing();
    for (const gateway of [one, two]) {
      const lines = changes(gateway);
      const alternating = lines.map((_, index) => (index % 2 === 0 ? lines[0] : lines[1]));
      expect(lines).toEqual(alternating);
      expect(lines).toContain(UNAVAILABLE);
      expect(lines.at(-1)).toBe(AVAILABLE);
      expect(lines.length).toBeLessThanOrEqual(20);
    }
  });

  test('without Redis the gateway starts, serves and shows it in its health, and shares once Redis is there', async () => {
    await redis.kill();
    const three = await start();
    try {
      await vi.waitFor(() => {
        expect(connection(three).report.status).toBe('down');
        expect(connection(three).report.reason).toMatch(/ECONNREFUSED/);
      }, BACK);
      await expect(ask(three)).resolves.toMatchObject({ status: 200 });
      expect((await getJson(`${three.url}/health/ready`)).status).toBe(200);
      await expect(getJson(`${three.url}/health`)).resolves.toMatchObject({
        status: 200,
        body: {
          status: 'degraded',
          details: { redis: { status: 'down', reason: expect.stringMatching(/ECONNREFUSED/) as string } },
        },
      });
      await redis.start();
      await connected(three);
      await expect(getJson(`${three.url}/health`)).resolves.toMatchObject({
        status: 200,
        body: { status: 'ok', details: { redis: { status: 'up', reason: null } } },
      });
    } finally {
      await three.close();
    }
  });

  test('a replica leaves at once while Redis does not answer', async () => {
    const three = await start();
    await connected(three);
    redis.pause();
    const begun = performance.now();
    await three.close();
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  /** `one` came up before `two` took over the logger, so that its first line is not there. */
  function oneBreak(gateway: RunningGateway): string[] {
    const lines = [UNAVAILABLE, AVAILABLE];
    return changes(gateway)[0] === AVAILABLE ? [AVAILABLE, ...lines] : lines;
  }
});

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
}

/** How long Redis stays in a state: it lives in real time. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

import { createServer, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { AdminClient } from '../support/admin-client.js';
import { readExposition, total } from '../support/exposition.js';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson, type JsonAnswer } from '../support/http.js';
import { RawClient } from '../support/raw-client.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 10 };
const ADMIN_KEY = 'admin-key-of-the-test';
const CALLERS = 200;
/** Replacing a worker takes a start, which takes seconds on a busy machine. */
const SOON = { timeout: 60_000, interval: 20 };

type LogLine = Readonly<Record<string, unknown>>;

/** A gateway with two workers. */
class Workers {
  constructor(readonly gateway: GatewayProcess) {}

  get url(): string {
    return this.gateway.url;
  }

  /** A connection of its own, which any of them may get. */
  ask(secret = 'secret-of-free', body: object = {}, more: Record<string, string> = {}): Promise<JsonAnswer> {
    const headers = { authorization: `Bearer ${secret}`, connection: 'close', ...more };
    return postJson(`${this.url}/v1/chat/completions`, { ...QUESTION, ...body }, headers);
  }

  openStream(secret = 'secret-of-free'): Promise<Response> {
    return fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, connection: 'close' },
      body: JSON.stringify({ ...QUESTION, stream: true }),
    });
  }

  async askMany(count: number, secret?: string): Promise<number[]> {
    const answers = await Promise.all(Array.from({ length: count }, () => this.ask(secret)));
    return answers.map(({ status }) => status);
  }

  get lines(): LogLine[] {
    const whole = this.gateway.stdout.split('\n').filter((line) => line.endsWith('}'));
    return whole.map((line) => JSON.parse(line) as LogLine);
  }

  linesOf(text: string): LogLine[] {
    return this.lines.filter((line) => String(line['msg']).includes(text));
  }

  /** The process of the worker with this number; waits until it serves. */
  pidOf(worker: number): Promise<number> {
    return vi.waitFor(() => {
      const found = this.linesOf('A worker serves').find((line) => line['worker'] === worker);
      if (found === undefined) throw new Error(`worker ${String(worker)} does not serve`);
      return Number(found['pid']);
    }, SOON);
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const response = await fetch(`${this.url}/metrics`, { headers: { connection: 'close' } });
    return total(readExposition(await response.text()), name, labels);
  }
}

describe('several workers', { timeout: 120_000 }, () => {
  let main: string;
  let vendor: Simulator;
  let spare: Simulator;
  const running: GatewayProcess[] = [];

  const config = (more = ''): string => `
server: { shutdown_grace: 60s }
auth:
  keys:
    - { name: free, key: secret-of-free }
    - { name: minute, key: secret-of-minute, requests_per_minute: 100 }
    - { name: parallel, key: secret-of-parallel, max_parallel: 5 }
    - { name: budget, key: secret-of-budget, budget_usd: 0.10 }
providers:
  - name: openai
    vendor: openai
    base_url: "${vendor.url}/v1"
    api_keys: [vendor-key]
    model: gpt-4o-mini
    max_retries: 0
    timeout: 60s
    prices: { gpt-4o-mini: { input: 1000, output: 1000 } }
  - { name: spare, vendor: openai, base_url: "${spare.url}/v1", api_keys: [vendor-key], model: gpt-4o-mini }
${more}`;

  function spawn(environment: Record<string, string> = {}): GatewayProcess {
    const gateway = new GatewayProcess({
      main,
      yaml: config(),
      environment: { WORKERS: '2', GATEWAY_ADMIN_KEY: ADMIN_KEY, ...environment },
    });
    running.push(gateway);
    return gateway;
  }

  const start = async (environment: Record<string, string> = {}): Promise<Workers> =>
    new Workers(await spawn(environment).listening());

  const countOf = (statuses: readonly number[], status: number): number =>
    statuses.filter((found) => found === status).length;

  beforeAll(async () => {
    main = await buildGateway();
    vendor = await startSimulator({ format: 'openai' });
    spare = await startSimulator({ format: 'openai' });
  }, 130_000);

  afterEach(async () => {
    await Promise.all(running.splice(0).map((gateway) => gateway.dispose()));
    await Promise.all([vendor.clear(), spare.clear()]);
  });

  afterAll(() => Promise.all([vendor.close(), spare.close()]));

  describe('as one process does', () => {
    let gateway: GatewayProcess;
    let workers: Workers;

    beforeAll(async () => {
      gateway = spawn();
      running.length = 0;
      workers = new Workers(await gateway.listening());
    }, 60_000);

    afterAll(() => gateway.dispose());

    test('of 200 callers at once, let 100 pass on 100 requests a minute', async () => {
      const statuses = await workers.askMany(CALLERS, 'secret-of-minute');
      expect([countOf(statuses, 200), countOf(statuses, 429)]).toEqual([100, 100]);
      // Both had a share in it.
      await vi.waitFor(() => {
        const shares = [1, 2].map((worker) =>
          workers.lines.filter((line) => line['worker'] === worker && 'request_id' in line),
        );
        expect(Math.min(...shares.map(({ length }) => length))).toBeGreaterThan(CALLERS / 8);
      });
    });

    test('count requests at a time', async () => {
      vendor.behave('drip-50;chunks=20');
      const opened = await Promise.all(
        Array.from({ length: 40 }, () => workers.openStream('secret-of-parallel')),
      );
      const statuses = opened.map(({ status }) => status);
      expect([countOf(statuses, 200), countOf(statuses, 429)]).toEqual([5, 35]);
      await Promise.all(opened.map((response) => response.text()));
      await vi.waitFor(async () => {
        expect(await workers.askMany(1, 'secret-of-parallel')).toEqual([200]);
      });
    });

    test('let nobody spend more than the budget', async () => {
      vendor.setAnswer({ answer: 'Hi', usage: { input: 4, output: 6 } });
      // A cent each; more than that is reserved.
      const statuses = await workers.askMany(40, 'secret-of-budget');
      expect(countOf(statuses, 200)).toBeGreaterThan(0);
      expect(
        countOf(statuses, 200) + countOf(await workers.askMany(40, 'secret-of-budget'), 200),
      ).toBeLessThan(11);
    });

    test('know a gateway key that was made, and that it ended', async () => {
      const admin = new AdminClient(workers.url, ADMIN_KEY);
      const { id, key } = await admin.makeKey({ name: 'made' });
      await vi.waitFor(async () => {
        expect(countOf(await workers.askMany(20, key), 200)).toBe(20);
      }, SOON);
      await admin.call('DELETE', `keys/${id}`);
      await vi.waitFor(async () => {
        expect(countOf(await workers.askMany(20, key), 401)).toBe(20);
      }, SOON);
    });

    test('show in each scrape what all have counted', async () => {
      const served = { status: '200' };
      const before = await workers.metric('sluice_requests_total', served);
      await workers.askMany(50);
      for (let scrape = 0; scrape < 8; scrape++) {
        expect(await workers.metric('sluice_requests_total', served)).toBe(before + 50);
        expect(await workers.metric('sluice_database_up')).toBe(1);
      }
    });

    test('drop what is kept', async () => {
      const outcomes = async (): Promise<(string | null)[]> => {
        const asked = Array.from({ length: 20 }, () =>
          workers.ask('secret-of-free', {}, { 'x-sluice-cache-ttl': '10m' }),
        );
        return (await Promise.all(asked)).map(({ headers }) => headers.get('x-sluice-cache'));
      };
      await outcomes();
      expect(new Set(await outcomes())).toEqual(new Set(['hit']));
      const asked = vendor.requests.length;
      await new AdminClient(workers.url, ADMIN_KEY).call('DELETE', 'cache');
      await outcomes();
      // One call of each: within a worker, equal requests share it.
      await vi.waitFor(() => expect(vendor.requests.length - asked).toBe(2));
    });

    // The last one: the vendor rests afterwards.
    test('leave alone who rests', async () => {
      vendor.behave('status-500');
      expect((await workers.ask()).headers.get('x-sluice-provider')).toBe('spare');
      await vi.waitFor(async () => {
        const asked = vendor.requests.length;
        const answers = await Promise.all(Array.from({ length: 40 }, () => workers.ask()));
        expect(answers.every(({ headers }) => headers.get('x-sluice-provider') === 'spare')).toBe(true);
        expect(vendor.requests).toHaveLength(asked);
      });
    });
  });

  test('are replaced when one is killed under load; only what ran on it fails, and no counter falls', async () => {
    const workers = await start();
    const victim = await workers.pidOf(2);
    await workers.askMany(20);
    const before = await workers.metric('sluice_requests_total');
    const over = new AbortController();
    const hasEnded = () => workers.linesOf('A worker ended and is replaced').length > 0;
    const failedAfterwards = Promise.all(
      Array.from({ length: 16 }, async () => {
        let failed = 0;
        while (!over.signal.aborted) {
          // Whoever comes while its sockets close can still be let in by the operating system, in vain.
          const afterwards = hasEnded();
          const status = await workers.ask().then(
            (answer) => answer.status,
            () => undefined,
          );
          if (status !== undefined) expect(status).toBe(200);
          else if (afterwards) failed++;
        }
        return failed;
      }),
    );
    process.kill(victim, 'SIGKILL');
    await workers.pidOf(3);
    over.abort();
    expect(await failedAfterwards).toEqual(Array.from({ length: 16 }, () => 0));
    expect(workers.linesOf('A worker ended and is replaced')).toHaveLength(1);
    expect(await workers.metric('sluice_requests_total')).toBeGreaterThanOrEqual(before);
    // What the killed one held is free, and the new one knows the others' counts.
    const statuses = await workers.askMany(CALLERS, 'secret-of-minute');
    expect(countOf(statuses, 200)).toBe(100);
  });

  test('that do not start again and again end the gateway, which says why', async () => {
    const workers = await start();
    workers.gateway.writeConfig('providers: [');
    process.kill(await workers.pidOf(2), 'SIGKILL');
    expect(await workers.gateway.exited).toBe(1);
    expect(workers.linesOf('5 workers in a row ended before they served')).toHaveLength(1);
    expect(workers.gateway.stderr).toContain('config/gateway.yaml');
  });

  test('drain on SIGTERM: running streams complete, readiness is 503 on all, and the exit code is 0', async () => {
    vendor.behave('drip-100;chunks=30');
    const workers = await start();
    const streams = await Promise.all(Array.from({ length: 100 }, () => workers.openStream()));
    const reading = Promise.all(streams.map((response) => response.text()));
    // From a terminal, every process gets the signal, and the primary passes its own on.
    process.kill(await workers.pidOf(1), 'SIGINT');
    workers.gateway.signal('SIGINT');
    const notReady = () => getJson(`${workers.url}/health/ready`, { connection: 'close' });
    await vi.waitFor(async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, notReady));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(503));
    }, SOON);
    const whole = (await reading).filter((text) => text.endsWith('data: [DONE]\n\n'));
    expect(whole).toHaveLength(100);
    expect(await workers.gateway.exited).toBe(0);
    expect(workers.gateway.stderr).toBe('');
  });

  test('end at once on a second signal', async () => {
    vendor.behave('silent');
    const workers = await start();
    const caller = await RawClient.open(workers.url);
    caller.post('/v1/chat/completions', QUESTION, { authorization: 'Bearer secret-of-free' });
    await vi.waitFor(() => expect(vendor.requests).toHaveLength(1), SOON);
    workers.gateway.signal('SIGTERM');
    await vi.waitFor(() => expect(workers.linesOf('SIGTERM: shutting down').length).toBeGreaterThan(2), SOON);
    workers.gateway.signal('SIGTERM');
    expect(await workers.gateway.exited).toBe(1);
    await caller.closed();
  });

  test('reload together, and refuse a file with faults together, without a request failing', async () => {
    const workers = await start();
    const over = new AbortController();
    const asking = (async () => {
      const statuses: number[] = [];
      while (!over.signal.aborted) statuses.push(...(await workers.askMany(4)));
      return statuses;
    })();
    const second = spawn({ PORT: new URL(workers.url).port });
    const route = 'routing: { routes: [{ name: added, targets: [spare] }] }';
    workers.gateway.writeConfig(config(route));
    workers.gateway.signal('SIGHUP');
    await vi.waitFor(() => {
      const done = workers.linesOf('The configuration was read anew').map((line) => line['worker']);
      expect(new Set(done)).toEqual(new Set([1, 2]));
    }, SOON);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => workers.ask('secret-of-free', { model: 'added' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    workers.gateway.writeConfig('providers: [');
    workers.gateway.signal('SIGHUP');
    await vi.waitFor(() => {
      const refused = workers.linesOf('The new configuration is refused').map((line) => line['worker']);
      expect(refused.sort()).toEqual([1, 2]);
    }, SOON);
    over.abort();
    expect(new Set(await asking)).toEqual(new Set([200]));
    // Meanwhile another gateway has found the port taken, although its owner would share it.
    expect(await second.exited).toBe(1);
    expect(second.output).toContain('is taken by another process');
  });

  test('a taken port is one line and exit code 1', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const port = String((holder.address() as AddressInfo).port);
    try {
      const gateway = spawn({ PORT: port });
      expect(await gateway.exited).toBe(1);
      expect(gateway.output).toBe(
        `Port ${port} on 127.0.0.1 is taken by another process; set PORT to a free one\n`,
      );
    } finally {
      holder.close();
    }
  });

  test('a number that is none is one fault of the configuration, told once', async () => {
    const gateway = spawn({ WORKERS: 'abc' });
    expect(await gateway.exited).toBe(1);
    expect(gateway.output).toBe(
      'The configuration has 1 fault:\n  environment: WORKERS: found "abc", expected a whole number from 1 to 1024, or auto: one for each core\n',
    );
  });

  test('what only a start finds out is told once', async () => {
    const gateway = spawn({ DATABASE_URL: 'sqlite:config' });
    expect(await gateway.exited).toBe(1);
    expect(gateway.stderr.trim().split('\n')).toHaveLength(1);
    expect(gateway.stderr).toContain('The database config cannot be used');
  });

  describeWithRedis('with Redis', () => {
    test('share limits and rests through it', async () => {
      const redis = await RedisServer.start();
      try {
        const workers = await start({ REDIS_URL: redis.url });
        await vi.waitFor(() => {
          expect(workers.linesOf('Redis is available')).toHaveLength(2);
        }, SOON);
        // A few at a time: Redis has 50 ms for an answer, and a busy machine needs that for a crowd.
        const statuses: number[] = [];
        for (let round = 0; round < 15; round++) {
          statuses.push(...(await workers.askMany(8, 'secret-of-minute')));
        }
        expect([countOf(statuses, 200), countOf(statuses, 429)]).toEqual([100, 20]);
        vendor.behave('status-503');
        await workers.ask();
        await vi.waitFor(async () => {
          expect(redis.command('hlen', 'sluice:0:rests')).toBe('1');
          const asked = vendor.requests.length;
          await workers.askMany(20);
          expect(vendor.requests).toHaveLength(asked);
        }, SOON);
      } finally {
        await redis.dispose();
      }
    });
  });
});

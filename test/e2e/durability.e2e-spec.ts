import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openKysely } from '../../src/storage/open-kysely.js';
import { FLUSH_MS } from '../../src/usage/request-log.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { describeOnBothDatabases } from '../support/databases.js';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { PostgresServer } from '../support/postgres-server.js';
import { postJson } from '../support/http.js';

/** What a loaded machine may add to the interval in which records are written. */
const MARGIN_MS = 1_500;

let main: string;
let vendor: Simulator;

beforeAll(async () => {
  main = await buildGateway();
  vendor = await startSimulator({ format: 'openai' });
}, 180_000);

afterAll(async () => {
  await vendor.close();
});

async function startProcess(databaseUrl: string): Promise<GatewayProcess> {
  const gateway = new GatewayProcess({
    main,
    environment: { DATABASE_URL: databaseUrl },
    yaml: `
server: { shutdown_grace: 10s }
providers:
  - { name: openai, vendor: openai, base_url: ${vendor.url}/v1, api_keys: [k1], model: gpt-4o-mini }
`,
  });
  onTestFinished(() => gateway.dispose());
  return gateway.listening();
}

/** Callers that ask one request after the other until they are told to stop. */
class Load {
  /** `performance.now()` of each answer, by request id. */
  readonly answered = new Map<string, number>();
  readonly failed: unknown[] = [];
  slowestMs = 0;
  private isOver = false;
  private readonly callers: Promise<void>[];
  private count = 0;

  constructor(private readonly url: string) {
    this.callers = Array.from({ length: 10 }, () => this.call());
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.callers);
  }

  private async call(): Promise<void> {
    while (!this.isOver) {
      const id = `load-${String(++this.count)}`;
      const begun = performance.now();
      try {
        const { status } = await postJson(
          `${this.url}/v1/chat`,
          { messages: [{ role: 'user', content: 'hi' }] },
          { 'x-request-id': id },
        );
        if (status === 200) this.answered.set(id, performance.now());
        else this.failed.push(status);
      } catch (error) {
        this.failed.push(error);
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
      await sleep(5);
    }
  }
}

async function idsInDatabase(databaseUrl: string): Promise<ReadonlySet<string>> {
  const db = openKysely(databaseUrl, () => undefined);
  try {
    const rows = await db.selectFrom('request_log').select('request_id').execute();
    const ids = new Set(rows.map(({ request_id }) => request_id));
    // One record each.
    expect(rows).toHaveLength(ids.size);
    return ids;
  } finally {
    await db.destroy();
  }
}

describeOnBothDatabases('the request log of a process under load', (maker) => {
  test('that is killed lacks at most the records of the last interval', async () => {
    const url = await maker.create();
    const gateway = await startProcess(url);
    const load = new Load(gateway.url);
    await sleep(3_000);
    const stopping = load.stop();
    gateway.signal('SIGKILL');
    const killedAt = performance.now();
    await stopping;
    await gateway.exited;
    const again = await startProcess(url);
    const ids = await idsInDatabase(url);
    const early = [...load.answered].filter(([, at]) => at < killedAt - FLUSH_MS - MARGIN_MS);
    expect(early.length).toBeGreaterThan(20);
    expect(early.filter(([id]) => !ids.has(id))).toEqual([]);
    again.signal('SIGTERM');
  }, 120_000);

  test('that is stopped in order lacks none', async () => {
    const url = await maker.create();
    const gateway = await startProcess(url);
    const load = new Load(gateway.url);
    await sleep(1_500);
    const stopping = load.stop();
    gateway.signal('SIGTERM');
    await stopping;
    expect(await gateway.exited).toBe(0);
    const ids = await idsInDatabase(url);
    expect(load.answered.size).toBeGreaterThan(20);
    expect([...load.answered.keys()].filter((id) => !ids.has(id))).toEqual([]);
  }, 120_000);
});

describe('a PostgreSQL that is stopped under load', () => {
  test('costs no request and no record', async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.dispose());
    const url = await server.createDatabase();
    const gateway = await startProcess(url);
    const load = new Load(gateway.url);
    await sleep(1_000);
    await server.stop();
    await sleep(4_000);
    await server.start();
    await sleep(1_000);
    await load.stop();
    expect(gateway.hasExited ? gateway.output : '').toBe('');
    expect(load.failed).toEqual([]);
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
    const ids = await idsInDatabase(url);
    expect(load.answered.size).toBeGreaterThan(50);
    expect([...load.answered.keys()].filter((id) => !ids.has(id))).toEqual([]);
    expect(gateway.output.match(/The database is unavailable/g)).toHaveLength(1);
    expect(gateway.output.match(/The database is available again/g)).toHaveLength(1);
  }, 120_000);
});

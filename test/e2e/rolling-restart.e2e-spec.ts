import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { postJson, postStream } from '../support/http.js';
import { LoadBalancer } from '../support/load-balancer.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const NAMES = ['one', 'two'];
const STREAMERS = 12;
const ASKERS = 4;

// A start takes a second or two, and many times that on a busy machine.
describe('a rolling restart of two replicas behind a load balancer', { timeout: 240_000 }, () => {
  let main: string;
  let vendor: Simulator;
  const balancer = new LoadBalancer();
  const replicas = new Map<string, GatewayProcess>();

  const startReplica = async (name: string): Promise<void> => {
    const gateway = await new GatewayProcess({
      main,
      yaml: `providers: [{ name: ${name}, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]\n`,
    }).listening();
    replicas.set(name, gateway);
    balancer.set(name, gateway.url);
    await vi.waitFor(() => expect(balancer.isReady(name)).toBe(true), { timeout: 60_000 });
  };

  beforeAll(async () => {
    main = await buildGateway();
    vendor = await startSimulator({ format: 'openai', log: false });
  }, 130_000);

  afterAll(async () => {
    balancer.close();
    await Promise.all([...replicas.values()].map((gateway) => gateway.dispose()));
    await vendor.close();
  });

  test('fails no request and cuts no stream', async () => {
    // About three seconds a stream: each restart meets streams that began before it.
    vendor.behave('drip-100;chunks=30');
    const url = await balancer.start();
    for (const name of NAMES) await startReplica(name);
    let isOver = false;
    let streams = 0;
    const failures: unknown[] = [];
    const servedBy = new Set<unknown>();
    const stream = async (): Promise<void> => {
      while (!isOver) {
        const { status, text, events } = await postStream(`${url}/v1/chat`, { ...QUESTION, stream: true });
        const last = events.at(-2) as { provider?: string; finish_reason?: string } | undefined;
        servedBy.add(last?.provider);
        streams++;
        if (status !== 200 || events.at(-1) !== '[DONE]' || last?.finish_reason !== 'stop')
          failures.push(text);
      }
    };
    const ask = async (): Promise<void> => {
      while (!isOver) {
        const { status, body } = await postJson(`${url}/v1/chat`, QUESTION);
        if (status !== 200) failures.push(body);
      }
    };
    const callers = [
      ...Array.from({ length: STREAMERS }, stream),
      ...Array.from({ length: ASKERS }, ask),
    ].map((caller) => caller.catch((error: unknown) => failures.push(error)));
    for (const name of NAMES) {
      const begun = streams;
      await vi.waitFor(() => expect(streams).toBeGreaterThan(begun), { timeout: 60_000 });
      const leaving = replicas.get(name);
      leaving?.signal('SIGTERM');
      expect(await leaving?.exited).toBe(0);
      expect(leaving?.stdout).not.toContain('did not finish');
      await leaving?.dispose();
      await startReplica(name);
    }
    const begun = streams;
    await vi.waitFor(() => expect(streams).toBeGreaterThan(begun + STREAMERS), { timeout: 60_000 });
    isOver = true;
    await Promise.all(callers);
    expect(failures).toEqual([]);
    expect(servedBy).toEqual(new Set(NAMES));
    expect(streams).toBeGreaterThan(2 * STREAMERS);
  });
});

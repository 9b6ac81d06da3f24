import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { postJson, postStream } from '../support/http.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const SWAPS = 20;
/** Swaps that bring a file with a fault, by number. */
const INVALID: ReadonlyMap<number, { readonly yaml: string; readonly fault: string }> = new Map([
  [5, { yaml: 'routing: { cooldown: 60 }\n', fault: 'routing.cooldown' }],
  [11, { yaml: 'providers:\n  - name: [one\n    vendor: : openai\n', fault: 'not readable as YAML' }],
  [17, { yaml: 'providers: [{ name: one, vendor: opnai, api_keys: [k] }]\n', fault: 'providers[0].vendor' }],
]);
const CALLERS = 8;

// A start takes a second or two, and many times that on a busy machine.
describe('a configuration that changes under load', { timeout: 180_000 }, () => {
  let main: string;
  let vendor: Simulator;
  let gateway: GatewayProcess;

  const configOf = (name: string, server = ''): string =>
    `server: { ${server} }\nproviders: [{ name: ${name}, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]\n`;
  const count = (text: string): number => gateway.stdout.split(text).length - 1;
  const eventually = (check: () => void): Promise<void> =>
    vi.waitFor(check, { timeout: 60_000, interval: 10 });

  beforeAll(async () => {
    main = await buildGateway();
    vendor = await startSimulator({ format: 'openai', log: false });
  }, 130_000);

  afterEach(async () => {
    await gateway.dispose();
    await vendor.clear();
  });

  afterAll(() => vendor.close());

  test(`swapped ${String(SWAPS)} times, ${String(INVALID.size)} of them invalid: no request fails, and each fault is named`, async () => {
    gateway = await new GatewayProcess({ main, yaml: configOf('number-0') }).listening();
    let isOver = false;
    let served = 0;
    const failures: unknown[] = [];
    const providers = new Set<unknown>();
    const note = (isWhole: boolean, provider: unknown, answer: unknown): void => {
      served++;
      providers.add(provider);
      if (!isWhole) failures.push(answer);
    };
    const call = async (caller: number): Promise<void> => {
      while (!isOver) {
        if (caller % 2 === 0) {
          const { status, body } = await postJson(`${gateway.url}/v1/chat`, QUESTION);
          note(status === 200, (body as { provider?: string }).provider, body);
        } else {
          const answer = await postStream(`${gateway.url}/v1/chat`, { ...QUESTION, stream: true });
          const last = answer.events.at(-2) as { provider?: string } | undefined;
          note(answer.status === 200 && answer.events.at(-1) === '[DONE]', last?.provider, answer.text);
        }
      }
    };
    const calling = Array.from({ length: CALLERS }, (_, caller) =>
      call(caller).catch((error: unknown) => failures.push(error)),
    );
    await eventually(() => expect(providers).toContain('number-0'));
    let taken = 0;
    let refused = 0;
    for (let swap = 1; swap <= SWAPS; swap++) {
      const invalid = INVALID.get(swap);
      gateway.writeConfig(invalid?.yaml ?? configOf(`number-${String(swap)}`));
      gateway.signal('SIGHUP');
      if (invalid === undefined) taken++;
      else refused++;
      await eventually(() => {
        expect(count('The configuration was read anew')).toBeGreaterThanOrEqual(taken);
        expect(count('The new configuration is refused, the old one stays in force')).toBeGreaterThanOrEqual(
          refused,
        );
      });
      if (invalid === undefined) {
        await eventually(() => expect(providers).toContain(`number-${String(swap)}`));
        continue;
      }
      expect(gateway.stdout).toContain(invalid.fault);
      const before = served;
      await eventually(() => expect(served).toBeGreaterThan(before + 2 * CALLERS));
    }
    isOver = true;
    await Promise.all(calling);
    expect(failures).toEqual([]);
    const valid = Array.from({ length: SWAPS + 1 }, (_, swap) => swap).filter((swap) => !INVALID.has(swap));
    expect(providers).toEqual(new Set(valid.map((swap) => `number-${String(swap)}`)));
    expect(gateway.hasExited).toBe(false);
    expect(gateway.stderr).toBe('');
  });

  test('server.max_in_flight is in force at once, without a restart', async () => {
    vendor.behave('silent', { times: 1 });
    gateway = await new GatewayProcess({ main, yaml: configOf('one') }).listening();
    const leaving = new AbortController();
    const held = fetch(`${gateway.url}/v1/chat`, {
      method: 'POST',
      body: JSON.stringify(QUESTION),
      signal: leaving.signal,
    }).catch(() => 'left');
    await eventually(() => expect(vendor.counters.requests).toBe(1));
    gateway.writeConfig(configOf('one', 'max_in_flight: 1'));
    gateway.signal('SIGHUP');
    await eventually(() => expect(count('The configuration was read anew')).toBe(1));
    const refused = await postJson(`${gateway.url}/v1/chat`, QUESTION);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    leaving.abort();
    expect(await held).toBe('left');
    await vi.waitFor(
      async () => expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).status).toBe(200),
      { timeout: 30_000 },
    );
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SettingsHolder } from '../../src/config/settings-holder.js';
import { Planner } from '../../src/routing/planner.js';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { ManualClock } from '../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** Who is asked first: strategies, priority levels, keys and conversations, on real sockets. */

let clock: ManualClock;
let one: Simulator;
let two: Simulator;
let three: Simulator;
let gateway: RunningGateway;

beforeEach(async () => {
  clock = new ManualClock();
  one = await startSimulator({ format: 'openai', name: 'one' });
  two = await startSimulator({ format: 'anthropic', name: 'two' });
  three = await startSimulator({ format: 'openai', flavour: 'deepseek', name: 'three' });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close(), three.close()]);
});

type Members = Readonly<Record<string, unknown>>;

interface Setting {
  readonly route: Members;
  /** Members of single providers, by name. */
  readonly of?: Readonly<Record<string, Members>>;
  readonly isRealTime?: boolean;
}

async function start({ route, of = {}, isRealTime = false }: Setting): Promise<void> {
  gateway = await startGateway({
    ...(isRealTime ? {} : { clock }),
    yaml: JSON.stringify({
      providers: [
        { name: 'one', vendor: 'openai', base_url: `${one.url}/v1`, model: 'small' },
        { name: 'two', vendor: 'anthropic', base_url: `${two.url}/v1`, model: 'clever' },
        { name: 'three', vendor: 'deepseek', base_url: `${three.url}/v1`, model: 'small' },
      ].map((provider) => ({
        ...provider,
        api_keys: [`key-of-${provider.name}`],
        max_retries: 0,
        ...of[provider.name],
      })),
      routing: { routes: [{ name: 'auto', targets: ['one', 'two', 'three'], ...route }] },
    }),
  });
}

interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string;
}

function post(body: Members, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }], ...body }),
  });
}

/** Who answered. */
async function ask(body: Members = {}, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await post(body, headers);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return response.headers.get('x-sluice-provider') ?? '';
}

/** So many requests, some at a time; how many each provider answered. */
async function askMany(
  requests: number,
  atATime: number,
  body: Members = {},
): Promise<Record<string, number>> {
  const served: Record<string, number> = {};
  let left = requests;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left--;
      const provider = await ask(body);
      served[provider] = (served[provider] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, caller));
  return served;
}

const keysOf = (vendor: Simulator): readonly string[] => vendor.requests.map(({ key }) => key);

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe('weighted', () => {
  const route = {
    strategy: 'weighted',
    targets: [
      { target: 'one', weight: 3 },
      { target: 'two', weight: 1 },
    ],
  };

  test('3:1 over 10,000 plans lands within 1 %', async () => {
    await start({ route });
    const planner = gateway.app.get(Planner, { strict: false });
    const settings = gateway.app.get(SettingsHolder, { strict: false }).current;
    const firsts = Array.from({ length: 10_000 }, () => {
      const inputs = { allowedModels: ['*'], costOf: () => null, take: true };
      const { candidates } = planner.plan({ model: 'auto' }, inputs, settings);
      expect(candidates).toHaveLength(2);
      return candidates[0]?.provider ?? '';
    });
    const { one: ofOne = 0, two: ofTwo = 0 } = countsOf(firsts);
    expect(Math.abs(ofOne / 10_000 - 0.75)).toBeLessThan(0.01);
    expect(ofOne + ofTwo).toBe(10_000);
  });

  test('3:1 over HTTP, one at a time and twenty', async () => {
    await start({ route });
    expect(await askMany(100, 1)).toEqual({ one: 75, two: 25 });
    expect(await askMany(100, 20)).toEqual({ one: 75, two: 25 });
  });

  test('whoever fails is replaced by the others', async () => {
    await start({ route });
    one.behave('status-500');
    expect(await askMany(40, 4)).toEqual({ two: 40 });
    one.behave('ok');
    clock.advance(60_000);
    await ask();
    clock.advance(4000);
    expect(await askMany(100, 1)).toMatchObject({ one: 75, two: 25 });
  });

  test('a weight decides within a level only', async () => {
    await start({
      route: {
        strategy: 'weighted',
        targets: [
          { target: 'one', weight: 1, priority: 1 },
          { target: 'two', weight: 100, priority: 2 },
          { target: 'three', weight: 3, priority: 1 },
        ],
      },
    });
    expect(await askMany(40, 4)).toEqual({ one: 10, three: 30 });
  });
});

describe('priority levels', () => {
  const route = {
    strategy: 'weighted',
    targets: [
      { target: 'three', priority: 2 },
      { target: 'one', weight: 1, priority: 1 },
      { target: 'two', weight: 1, priority: 1 },
    ],
  };

  test('a level is exhausted before the next begins', async () => {
    await start({ route });
    for (const vendor of [one, two]) vendor.behave('status-500', { times: 1 });
    const response = await post({});
    expect(response.headers.get('x-sluice-provider')).toBe('three');
    expect(response.headers.get('x-sluice-attempts')).toBe('3');
    const [last] = three.requests;
    for (const vendor of [one, two]) {
      expect(vendor.requests).toHaveLength(1);
      expect(vendor.requests[0]?.at).toBeLessThan(last?.at ?? 0);
    }
  });

  test('with one of a level gone the others of it serve, and only then the next', async () => {
    await start({ route });
    one.behave('status-500');
    expect(await askMany(20, 2)).toEqual({ two: 20 });
    two.behave('status-500');
    expect(await askMany(20, 2)).toEqual({ three: 20 });
    one.behave('ok');
    two.behave('ok');
    clock.advance(60_000);
    await ask();
    await ask();
    clock.advance(4000);
    expect(await askMany(20, 2)).toEqual({ one: 10, two: 10 });
  });

  test('without priorities the order of the route is the order of the requests', async () => {
    await start({ route: { targets: ['three', 'one', 'two'] } });
    expect(await askMany(10, 1)).toEqual({ three: 10 });
    three.behave('status-500');
    expect(await askMany(10, 1)).toEqual({ one: 10 });
    one.behave('status-500');
    expect(await askMany(10, 1)).toEqual({ two: 10 });
  });
});

describe('least-latency', () => {
  test.each([false, true])(
    'prefers the fastest, and explores the others now and then (stream: %s)',
    async (stream) => {
      await start({ route: { strategy: 'least-latency' }, isRealTime: true });
      one.behave('late-250');
      two.behave('late-1');
      three.behave('late-120');
      const served = await askMany(62, 1, { stream });
      expect(served['two']).toBeGreaterThanOrEqual(55);
      // Once to get a figure, and once more at least on an exploring turn.
      expect(served['one']).toBeGreaterThanOrEqual(2);
      expect(served['three']).toBeGreaterThanOrEqual(2);
    },
  );

  test('notices when another has become faster', async () => {
    await start({ route: { strategy: 'least-latency', targets: ['one', 'two'] }, isRealTime: true });
    one.behave('late-1');
    two.behave('late-40');
    expect((await askMany(12, 1))['one']).toBeGreaterThanOrEqual(10);
    one.behave('late-300');
    two.behave('late-1');
    await askMany(6, 1);
    expect((await askMany(12, 1))['two']).toBeGreaterThanOrEqual(10);
  });
});

describe('least-busy', () => {
  test('asks whoever has the fewest calls in flight, streams that still run among them', async () => {
    await start({ route: { strategy: 'least-busy' } });
    for (const vendor of [one, two, three]) vendor.behave('stall-2', { times: 2 });
    const open: Response[] = [];
    const order: (string | null)[] = [];
    for (let count = 0; count < 6; count++) {
      const response = await post({ stream: true });
      open.push(response);
      order.push(response.headers.get('x-sluice-provider'));
    }
    expect(order).toEqual(['one', 'two', 'three', 'one', 'two', 'three']);
    // Both streams of `two` end, so that it is idle.
    await open[1]?.body?.cancel();
    await open[4]?.body?.cancel();
    await vi.waitFor(() => {
      expect(two.requests.every(({ callerClosedAt }) => callerClosedAt !== null)).toBe(true);
    });
    expect(await askMany(5, 1)).toEqual({ two: 5 });
    for (const response of open) if (!response.body?.locked) await response.body?.cancel().catch(() => null);
  });

  test('spreads requests that come together', async () => {
    await start({ route: { strategy: 'least-busy' } });
    for (const vendor of [one, two, three]) vendor.behave('late-300', { times: 10 });
    expect(await askMany(30, 30)).toEqual({ one: 10, two: 10, three: 10 });
  });
});

describe('lowest-cost', () => {
  const price = (model: string, input: number, output: number) => ({
    prices: { [model]: { input, output } },
  });

  test('asks the cheapest, then the next cheapest', async () => {
    await start({
      route: { strategy: 'lowest-cost' },
      of: { one: price('small', 5, 5), two: price('clever', 1, 1), three: price('small', 3, 3) },
    });
    expect(await askMany(5, 1)).toEqual({ two: 5 });
    two.behave('status-500');
    expect(await askMany(5, 1)).toEqual({ three: 5 });
    three.behave('status-500');
    expect(await askMany(5, 1)).toEqual({ one: 5 });
  });

  test('what a request asks for decides: long prompts and long answers cost differently', async () => {
    await start({
      route: { strategy: 'lowest-cost', targets: ['one', 'two'] },
      of: { one: price('small', 0.1, 50), two: price('clever', 10, 1) },
    });
    expect(await ask({ max_tokens: 4000 })).toBe('two');
    expect(await ask({ max_tokens: 1, messages: [{ role: 'user', content: 'word '.repeat(4000) }] })).toBe(
      'one',
    );
  });

  test('a price that nobody knows is the last choice', async () => {
    await start({
      route: { strategy: 'lowest-cost', targets: ['one', 'two'] },
      of: { one: { model: 'unheard-of' }, two: price('clever', 1000, 1000) },
    });
    expect(await ask()).toBe('two');
  });
});

const KEYS = ['key-a', 'key-b', 'key-c'];

describe('several keys of a provider', () => {
  test('share the requests within 1 %, one at a time and together', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS } } });
    await askMany(150, 1);
    expect(countsOf(keysOf(one))).toEqual({ 'key-a': 50, 'key-b': 50, 'key-c': 50 });
    one.clearLog();
    await askMany(600, 20);
    const counts = countsOf(keysOf(one));
    for (const key of KEYS) expect(Math.abs((counts[key] ?? 0) / 600 - 1 / 3)).toBeLessThan(0.01);
  });

  test('share them too where a route names several models of the provider', async () => {
    await start({
      route: { targets: ['one/small', 'one/large'] },
      of: { one: { api_keys: KEYS.slice(0, 2) } },
    });
    await askMany(20, 1);
    expect(countsOf(keysOf(one))).toEqual({ 'key-a': 10, 'key-b': 10 });
  });

  test('share them where another is asked first', async () => {
    await start({ route: {}, of: { two: { api_keys: KEYS } } });
    one.behave('status-500');
    await askMany(30, 1);
    expect(countsOf(keysOf(two))).toEqual({ 'key-a': 10, 'key-b': 10, 'key-c': 10 });
  });
});

/** A conversation that repeats what was said, as callers do. */
class Talk {
  private readonly turns: Turn[];

  constructor(private readonly name: string) {
    this.turns = [{ role: 'system', content: 'be brief' }];
  }

  async say(headers: Readonly<Record<string, string>> = {}): Promise<void> {
    this.turns.push({
      role: 'user',
      content: `${this.name}, turn ${String(Math.ceil(this.turns.length / 2))}`,
    });
    const response = await post({ messages: this.turns }, headers);
    const body = (await response.json()) as { choices: { message: { content: string } }[] };
    expect(response.status).toBe(200);
    this.turns.push({ role: 'assistant', content: body.choices[0]?.message.content ?? '' });
  }

  /** The keys that served its turns, as the vendor saw them. */
  keysAt(vendor: Simulator): readonly string[] {
    return vendor.requests.filter(({ rawBody }) => rawBody.includes(`${this.name}, `)).map(({ key }) => key);
  }
}

const talks = (count: number): readonly Talk[] =>
  Array.from({ length: count }, (_, index) => new Talk(`talk ${String.fromCharCode(65 + index)}`));

describe('a conversation', () => {
  test('stays on the key that served it, and conversations spread over the keys', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS } } });
    const all = talks(9);
    for (let turn = 0; turn < 5; turn++) {
      // Other traffic between the turns moves the keys on.
      await askMany(turn, 1);
      // Each round in another order.
      const order = turn % 2 === 0 ? all : all.toReversed();
      for (const talk of order) await talk.say();
    }
    const kept = all.map((talk) => new Set(talk.keysAt(one)));
    for (const keys of kept) expect(keys.size).toBe(1);
    expect(countsOf(kept.flatMap((keys) => [...keys]))).toEqual({ 'key-a': 3, 'key-b': 3, 'key-c': 3 });
    for (const talk of all) expect(talk.keysAt(one)).toHaveLength(5);
  });

  test('stays when all talk at once', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS } } });
    const all = talks(12);
    for (let turn = 0; turn < 4; turn++) await Promise.all(all.map((talk) => talk.say()));
    for (const talk of all) expect(new Set(talk.keysAt(one)).size).toBe(1);
  });

  test('moves to another key while its own rests, and stays with that', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS } } });
    const [talk = new Talk('none')] = talks(1);
    await talk.say();
    await talk.say();
    const [own = ''] = talk.keysAt(one);
    expect(talk.keysAt(one)).toEqual([own, own]);
    one.behave('status-429;retry-after=30', { key: own, times: 1 });
    await talk.say();
    await talk.say();
    const [, , limited, spilled, after] = talk.keysAt(one);
    expect(limited).toBe(own);
    expect(spilled).not.toBe(own);
    expect(after).toBe(spilled);
    expect(two.requests).toHaveLength(0);
    // Its cache is warm there now.
    clock.advance(60_000);
    await talk.say();
    expect(talk.keysAt(one).at(-1)).toBe(spilled);
  });

  test('comes home when the first provider is back, for the operator wants it first', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS } } });
    const [talk = new Talk('none')] = talks(1);
    await talk.say();
    one.behave('status-500');
    await talk.say();
    expect(two.requests).toHaveLength(1);
    one.behave('ok');
    clock.advance(60_000);
    await talk.say();
    await talk.say();
    expect(two.requests).toHaveLength(1);
  });

  test('stays with its target where a weight would send it elsewhere', async () => {
    const targets = ['one', 'two', 'three'].map((target) => ({ target, weight: 1 }));
    await start({ route: { strategy: 'weighted', targets } });
    const all = talks(6);
    for (let turn = 0; turn < 4; turn++) {
      for (const talk of turn % 2 === 0 ? all : all.toReversed()) await talk.say();
    }
    for (const talk of all) {
      const turns = [one, two, three].map((vendor) => talk.keysAt(vendor).length);
      expect(turns.toSorted()).toEqual([0, 0, 4]);
    }
    expect([one, two, three].map((vendor) => vendor.requests.length)).toEqual([8, 8, 8]);
  });

  test.each(['x-sluice-session', 'x-session-id'])(
    'is known by %s, whatever is said in it',
    async (header) => {
      await start({ route: {}, of: { one: { api_keys: KEYS } } });
      for (let turn = 0; turn < 6; turn++) {
        for (const session of ['s-1', 's-2']) {
          await ask(
            { messages: [{ role: 'user', content: `${session} says ${String(turn)}` }] },
            {
              [header]: session,
            },
          );
        }
        await ask();
      }
      for (const session of ['s-1', 's-2']) {
        const keys = one.requests
          .filter(({ rawBody }) => rawBody.includes(`${session} says`))
          .map(({ key }) => key);
        expect(keys).toHaveLength(6);
        expect(new Set(keys).size).toBe(1);
      }
    },
  );

  test('first turns with equal words share no key', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS } } });
    await askMany(30, 1);
    expect(countsOf(keysOf(one))).toEqual({ 'key-a': 10, 'key-b': 10, 'key-c': 10 });
  });

  test('gives way when its key is far busier than another', async () => {
    await start({ route: {}, of: { one: { api_keys: KEYS.slice(0, 2) } } });
    const headers = { 'x-sluice-session': 'busy' };
    await ask({}, headers);
    const [own = ''] = keysOf(one);
    one.behave('late-400', { times: 20 });
    await Promise.all(Array.from({ length: 20 }, () => ask({}, headers)));
    const counts = countsOf(keysOf(one).slice(1));
    expect(counts[own]).toBeGreaterThanOrEqual(8);
    expect(counts[own]).toBeLessThan(20);
  });
});

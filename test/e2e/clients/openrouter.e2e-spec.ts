import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../../simulator/simulator.ts';
import { postJson } from '../../support/http.js';
import { ManualClock } from '../../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../../support/start-gateway.js';

const NAMES = ['dear', 'middling', 'cheap'] as const;
const PRICES = { dear: 9, middling: 3, cheap: 1 };

/** https://openrouter.ai/docs/features/provider-routing and /model-routing, as its clients use them. */
describe("OpenRouter's fields on /v1/chat/completions", () => {
  const clock = new ManualClock();
  const vendors = new Map<string, Simulator>();
  let gateway: RunningGateway;

  const vendor = (name: string): Simulator => {
    const found = vendors.get(name);
    if (found === undefined) throw new Error(`there is no vendor ${name}`);
    return found;
  };
  const ask = (fields: object) =>
    postJson(`${gateway.url}/v1/chat/completions`, {
      model: 'shared',
      messages: [{ role: 'user', content: 'hi' }],
      ...fields,
    });
  /** Names of the vendors called, by their count of requests. */
  const called = () =>
    Object.fromEntries(
      NAMES.map((name) => [name, vendor(name).requests.length]).filter(([, count]) => count !== 0),
    ) as Record<string, number>;
  const allFail = () => {
    for (const simulator of vendors.values()) simulator.behave('status-500');
  };
  const detailsOf = (body: unknown) => (body as { error: { message: string } }).error.message;

  beforeAll(async () => {
    for (const name of NAMES) vendors.set(name, await startSimulator({ format: 'openai', name }));
    const providers = NAMES.map(
      (name) => `
  - name: ${name}
    vendor: openai-compatible
    base_url: "${vendor(name).url}/v1"
    api_keys: [key-${name}]
    model: shared
    models: [shared, only-${name}]
    max_retries: 0
    prices: { shared: { input: ${String(PRICES[name])}, output: ${String(PRICES[name])} } }`,
    );
    gateway = await startGateway({ clock, yaml: `providers:${providers.join('')}\n` });
  });

  afterEach(async () => {
    await Promise.all([...vendors.values()].map((simulator) => simulator.clear()));
    clock.advance(10 * 60_000);
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([...vendors.values()].map((simulator) => simulator.close()));
  });

  describe('models', () => {
    test('the next of the list answers when the first fails', async () => {
      vendor('dear').behave('status-500');
      const { status, headers } = await ask({ model: 'only-dear', models: ['only-cheap', 'only-middling'] });
      expect(status).toBe(200);
      expect(headers.get('x-sluice-provider')).toBe('cheap');
      expect(headers.get('x-sluice-model')).toBe('only-cheap');
      expect(headers.get('x-sluice-attempts')).toBe('2');
      expect(called()).toEqual({ dear: 1, cheap: 1 });
    });

    test('stands for the model when there is none', async () => {
      const { headers } = await ask({ model: undefined, models: ['only-middling', 'only-cheap'] });
      expect(headers.get('x-sluice-model')).toBe('only-middling');
    });

    test('a model named twice is asked once', async () => {
      allFail();
      const { status } = await ask({ model: 'only-dear', models: ['only-dear', 'only-cheap'] });
      expect(status).toBe(502);
      expect(called()).toEqual({ dear: 1, cheap: 1 });
    });

    test('neither it nor provider reaches a vendor', async () => {
      await ask({ models: ['only-cheap'], provider: { order: ['cheap'] }, user: 'someone' });
      expect(vendor('cheap').requests[0]?.body).toEqual({
        model: 'shared',
        messages: [{ role: 'user', content: 'hi' }],
        user: 'someone',
      });
    });
  });

  describe('provider', () => {
    test('without preferences the order of the configuration holds', async () => {
      expect((await ask({})).headers.get('x-sluice-provider')).toBe('dear');
    });

    test('order goes first, the others after it', async () => {
      allFail();
      const { body } = await ask({ provider: { order: ['cheap', 'middling'] } });
      expect(called()).toEqual({ dear: 1, middling: 1, cheap: 1 });
      expect(detailsOf(body)).toMatch(/cheap.*middling.*dear/s);
    });

    test('order without fallbacks ends with its last', async () => {
      allFail();
      await ask({ provider: { order: ['cheap', 'middling'], allow_fallbacks: false } });
      expect(called()).toEqual({ cheap: 1, middling: 1 });
    });

    test('no fallbacks and no order: the first alone', async () => {
      allFail();
      await ask({ provider: { allow_fallbacks: false } });
      expect(called()).toEqual({ dear: 1 });
    });

    test('only leaves these', async () => {
      allFail();
      await ask({ provider: { only: ['middling', 'cheap'] } });
      expect(called()).toEqual({ middling: 1, cheap: 1 });
    });

    test('ignore leaves the others', async () => {
      allFail();
      await ask({ provider: { ignore: ['middling'] } });
      expect(called()).toEqual({ dear: 1, cheap: 1 });
    });

    test('sort by price asks the cheapest first', async () => {
      allFail();
      const { body } = await ask({ provider: { sort: 'price' } });
      expect(detailsOf(body)).toMatch(/cheap.*middling.*dear/s);
      expect(called()).toEqual({ dear: 1, middling: 1, cheap: 1 });
    });

    test('nobody left is a 400 that names provider', async () => {
      const { status, body } = await ask({ provider: { only: ['mistral'] } });
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { code: 'no_matching_provider', param: 'provider' } });
      expect(called()).toEqual({});
    });

    test.each([
      [{ order: 'cheap' }, 'provider.order'],
      [{ allow_fallbacks: 'no' }, 'provider.allow_fallbacks'],
    ])('%j is a 400 that names %s', async (provider, member) => {
      const { status, body } = await ask({ provider });
      expect(status).toBe(400);
      expect(detailsOf(body)).toContain(member);
    });
  });
});

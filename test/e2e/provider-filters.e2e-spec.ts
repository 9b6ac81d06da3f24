import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { postJson } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const NAMES = ['plain', 'private', 'untrained', 'picky', 'router', 'relay'] as const;
const MESSAGES = [{ role: 'user', content: 'hi' }];

describe('filters of the provider object', () => {
  const vendors = new Map<string, Simulator>();
  let gateway: RunningGateway;

  const vendor = (name: string): Simulator => {
    const found = vendors.get(name);
    if (found === undefined) throw new Error(`there is no vendor ${name}`);
    return found;
  };
  const ask = (model: string, provider: unknown, more: object = {}) =>
    postJson(`${gateway.url}/v1/chat/completions`, { model, messages: MESSAGES, provider, ...more });
  const servedBy = async (model: string, provider: unknown, more: object = {}) => {
    const { status, headers, body } = await ask(model, provider, more);
    return status === 200
      ? headers.get('x-sluice-provider')
      : (body as { error: { code: string; message: string } }).error;
  };

  beforeAll(async () => {
    for (const name of NAMES) vendors.set(name, await startSimulator({ format: 'openai', name }));
    const of = (name: string, kind: string, more: string): string =>
      `  - { name: ${name}, vendor: ${kind}, base_url: "${vendor(name).url}/v1", api_keys: [k], model: m, max_retries: 0, ${more} }\n`;
    gateway = await startGateway({
      yaml: `providers:
${of('plain', 'openai-compatible', 'prices: { m: { input: 1, output: 2 } }')}${of('private', 'openai-compatible', 'data: { retention: zero, training: never, region: eu }, prices: { m: { input: 3, output: 9 } }')}${of('untrained', 'openai-compatible', 'data: { retention: 30d, training: never }')}${of('picky', 'mistral', 'data: { training: allowed }')}${of('router', 'openrouter', '')}${of('relay', 'ofox', 'models: [m, n]')}routing:
  routes:
    - { name: auto, targets: [plain, private, untrained, picky] }
    - { name: routed, targets: [plain, router] }
    - { name: relayed, targets: [relay, plain] }
`,
    });
  });

  afterEach(async () => {
    await Promise.all([...vendors.values()].map((simulator) => simulator.clear()));
  });

  afterAll(async () => {
    await gateway.close();
    await Promise.all([...vendors.values()].map((simulator) => simulator.close()));
  });

  test.each([
    ['nothing', {}, 'plain'],
    ['zdr', { zdr: true }, 'private'],
    ['no zdr', { zdr: false }, 'plain'],
    ['no collection', { data_collection: 'deny', ignore: ['private'] }, 'untrained'],
    ['collection', { data_collection: 'allow' }, 'plain'],
    [
      'a price that all known ones meet',
      { max_price: { prompt: 5, completion: 9 }, ignore: ['plain'] },
      'private',
    ],
    ['a price as text', { max_price: { prompt: '1' } }, 'plain'],
    ['what asks for nothing', { quantizations: [], enforce_distillable_text: false }, 'plain'],
  ])('%s: %j is served by %s', async (_name, provider, expected) => {
    expect(await servedBy('auto', provider)).toBe(expected);
  });

  test.each([
    [{ zdr: true, only: ['plain', 'untrained'] }, 'plain/m: not known to keep nothing'],
    [{ data_collection: 'deny', only: ['picky'] }, 'picky/m: not known to train on nothing'],
    [{ max_price: { prompt: 0.5 } }, 'plain/m: dearer than max_price'],
    [{ max_price: { prompt: 0.5 } }, 'untrained/m: its price is not known'],
    [{ max_price: { image: 1 } }, 'plain/m: cannot tell provider.max_price.image'],
    [{ quantizations: ['fp8'] }, 'plain/m: cannot tell provider.quantizations'],
    [{ not_invented_yet: 'x' }, 'private/m: cannot tell provider.not_invented_yet'],
  ])('%j leaves nobody: 400 says why', async (provider, reason) => {
    expect(await servedBy('auto', provider)).toMatchObject({
      code: 'no_matching_provider',
      message: expect.stringContaining(reason) as string,
    });
    for (const simulator of vendors.values()) expect(simulator.requests).toHaveLength(0);
  });

  test('require_parameters passes over who would leave one out', async () => {
    const provider = { only: ['picky', 'plain'], order: ['picky'], require_parameters: true };
    expect(await servedBy('auto', provider, { logit_bias: { a: 1 } })).toBe('plain');
    expect(await servedBy('auto', provider)).toBe('picky');
  });

  test.each([
    ['order', ['plian'], 'plain'],
    ['only', ['privat'], 'private'],
    ['ignore', ['untraind'], 'untrained'],
  ])('a typo in provider.%s is 400 with the nearest name', async (member, names, nearest) => {
    expect(await servedBy('auto', { [member]: names })).toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(`provider\\.${member}: .* \\(did you mean "${nearest}"\\?\\)`) as string,
    });
  });

  test('OpenRouter gets the object whole, with names and filters that are its own', async () => {
    const provider = { zdr: true, only: ['deepinfra', 'together'], quantizations: ['fp8'], sort: 'price' };
    expect(await servedBy('routed', provider)).toBe('router');
    expect(vendor('router').requests[0]?.body).toMatchObject({ provider });
    expect(vendor('plain').requests).toHaveLength(0);
  });

  test.each(['/v1/messages', '/v1/responses'])(
    'so it does from %s, and filters hold there too',
    async (path) => {
      const provider = { zdr: true };
      const question = { model: 'routed', max_tokens: 9, messages: MESSAGES, input: 'hi', provider };
      const { [path === '/v1/messages' ? 'input' : 'messages']: _, ...body } = question as Record<
        string,
        unknown
      >;
      const { status, headers } = await postJson(`${gateway.url}${path}`, body);
      expect([status, headers.get('x-sluice-provider')]).toEqual([200, 'router']);
      expect(vendor('router').requests[0]?.body).toMatchObject({ provider });
      const nobody = await postJson(`${gateway.url}${path}`, { ...body, model: 'relayed' });
      expect(nobody.status).toBe(400);
    },
  );

  test("Ofox's fallback and routing are understood, and go to Ofox", async () => {
    vendor('relay').behave('status-500');
    const provider = { fallback: ['plain/m'], routing: 'cost' };
    expect(await servedBy('relay/n', provider)).toBe('plain');
    expect(vendor('relay').requests[0]?.body).toMatchObject({ model: 'n', provider });
    expect(vendor('plain').requests[0]?.body).not.toHaveProperty('provider');
    expect(await servedBy('relay/m', { routing: 'cheapest' })).toMatchObject({ code: 'invalid_request' });
  });

  test('whatever the object holds, nobody is served whom it rules out', async () => {
    const member = fc.record(
      {
        zdr: fc.boolean(),
        data_collection: fc.constantFrom('allow', 'deny'),
        max_price: fc.record({ prompt: fc.constantFrom(0, 1, 3), completion: fc.constantFrom(0, 2, 9) }),
        only: fc.subarray(['plain', 'private', 'untrained', 'picky']),
        ignore: fc.subarray(['plain', 'private', 'untrained', 'picky']),
        order: fc.subarray(['picky', 'private', 'plain']),
        allow_fallbacks: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const prices: Readonly<Record<string, readonly [number, number]>> = { plain: [1, 2], private: [3, 9] };
    await fc.assert(
      fc.asyncProperty(member, async (provider) => {
        const served = await servedBy('auto', provider);
        if (typeof served !== 'string') {
          expect(served).toMatchObject({ code: 'no_matching_provider' });
          return;
        }
        if (provider.zdr === true) expect(served).toBe('private');
        if (provider.data_collection === 'deny') expect(['private', 'untrained']).toContain(served);
        if (provider.only !== undefined) expect(provider.only).toContain(served);
        expect(provider.ignore ?? []).not.toContain(served);
        if (provider.max_price !== undefined) {
          const [prompt = Infinity, completion = Infinity] = prices[served] ?? [];
          expect(prompt).toBeLessThanOrEqual(provider.max_price.prompt);
          expect(completion).toBeLessThanOrEqual(provider.max_price.completion);
        }
      }),
      { numRuns: 80 },
    );
  });
});

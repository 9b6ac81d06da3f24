import { describe, expect, test } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import { GatewayError } from '../contract/gateway-error.js';
import { AnthropicAdapter } from '../providers/anthropic/anthropic.adapter.js';
import { OpenaiAdapter } from '../providers/openai/openai.adapter.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Affinity } from './affinity.js';
import { KeyRotation } from './key-rotation.js';
import { makePlan, type Plan, type PlanState } from './plan.js';
import { RouteTable } from './route-table.js';
import { Strategist } from './strategies/strategist.js';
import { WeightedTurns } from './strategies/weighted-turns.js';
import { TargetMeter } from './target-meter.js';

const YAML = `
providers:
  - { name: one, vendor: openai, api_keys: [a, b, c], model: small, models: [small, large] }
  - { name: two, vendor: openai, api_keys: [d], model: small, models: [small, large] }
  - { name: three, vendor: anthropic, api_keys: ["\${THREE_KEY}"], model: clever }
routing:
  max_attempts: 4
  routes:
    - { name: auto, targets: [one, two, three] }
    - { name: twice, targets: [two, two/small, two/large], on_content_filter: next }
    - { name: closed, targets: [three] }
    - { name: both, targets: [one/small, one/large] }
`;

const registry = new ProviderRegistry([new OpenaiAdapter(), new AnthropicAdapter()]);
const settings = loadSettings({ GATEWAY_CONFIG: 'a.yaml' }, () => YAML);
const routes = new RouteTable(registry).routesOf(settings);
const letters = new Map(
  [...routes.endpoints.values()].flatMap((endpoint) =>
    endpoint.keys.map((key, index) => [key.hint, endpoint.settings.apiKeys[index] ?? '']),
  ),
);

function plan(model: string | undefined, allowed: readonly string[] = ['*'], state = newState()): Plan {
  return makePlan({ model }, { allowedModels: allowed, costOf: () => null, take: true }, routes, state);
}
function newState(): PlanState {
  const meter = new TargetMeter();
  return {
    meter,
    rotation: new KeyRotation(meter),
    strategist: new Strategist(meter, new WeightedTurns()),
    affinity: new Affinity(),
  };
}
const candidatesOf = (made: Plan): string[] =>
  made.candidates.map(
    (candidate) => `${candidate.provider}/${candidate.model}#${letters.get(candidate.key.hint) ?? ''}`,
  );

describe('makePlan', () => {
  test('lists every key of a target before the next target', () => {
    expect(candidatesOf(plan('auto'))).toEqual(['one/small#a', 'one/small#b', 'one/small#c', 'two/small#d']);
  });

  test('lets several keys take turns from request to request', () => {
    const state = newState();
    const firsts = Array.from({ length: 4 }, () => candidatesOf(plan('one/large', ['*'], state)));
    expect(firsts.map((candidates) => candidates[0])).toEqual([
      'one/large#a',
      'one/large#b',
      'one/large#c',
      'one/large#a',
    ]);
    expect(firsts[1]).toEqual(['one/large#b', 'one/large#c', 'one/large#a']);
  });

  test('gives a provider one turn for each request, however many of its models are named', () => {
    const state = newState();
    const firsts = Array.from({ length: 6 }, () => candidatesOf(plan('both', ['*'], state))[0]);
    expect(firsts).toEqual([
      'one/small#a',
      'one/small#b',
      'one/small#c',
      'one/small#a',
      'one/small#b',
      'one/small#c',
    ]);
  });

  test('has each candidate once, however often a route names it', () => {
    expect(candidatesOf(plan('twice'))).toEqual(['two/small#d', 'two/large#d']);
  });

  test('names what cannot be called, with the variable that is missing', () => {
    expect(plan('auto').unusable).toEqual([{ provider: 'three', reason: 'not configured: set THREE_KEY' }]);
    expect(plan('closed').candidates).toEqual([]);
  });

  test('brings the settings of the route and of routing', () => {
    expect(plan('twice')).toMatchObject({ onContentFilter: 'next', routing: { maxAttempts: 4 } });
    expect(plan('auto')).toMatchObject({ onContentFilter: 'stop' });
  });

  describe('for a gateway key with model patterns', () => {
    test.each<[string, string | undefined, string[], string[]]>([
      ['a route by its name', 'twice', ['twice'], ['two/small#d', 'two/large#d']],
      [
        'the default route, unnamed',
        undefined,
        ['auto'],
        ['one/small#a', 'one/small#b', 'one/small#c', 'two/small#d'],
      ],
      ['only the targets that it may use', 'twice', ['two/large'], ['two/large#d']],
      ['the same by bare model', 'twice', ['large'], ['two/large#d']],
      ['by provider pattern', 'auto', ['two/*'], ['two/small#d']],
      [
        'by pattern of the model',
        'large',
        ['lar*'],
        ['one/large#a', 'one/large#b', 'one/large#c', 'two/large#d'],
      ],
      ['provider/model', 'two/large', ['two/large'], ['two/large#d']],
      ['one provider of a bare model', 'large', ['two/large'], ['two/large#d']],
    ])('%s', (_name, model, allowed, expected) => {
      expect(candidatesOf(plan(model, allowed))).toEqual(expected);
    });

    test.each<[string | undefined, string[]]>([
      ['two/large', ['two/small']],
      ['auto', ['clever-*']],
      [undefined, []],
      ['large', ['small', 'twice']],
    ])('%s is 403 with %j', (model, allowed) => {
      expect(() => plan(model, allowed)).toThrow(GatewayError);
      try {
        plan(model, allowed);
      } catch (error) {
        expect(error).toMatchObject({ code: 'model_not_allowed', status: 403, param: 'model' });
      }
    });
  });
});

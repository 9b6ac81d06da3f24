import { beforeEach, describe, expect, test } from 'vitest';
import { candidateOf, makeRoutes, targetsOf } from '../../../test/support/make-routes.js';
import { TargetMeter } from '../target-meter.js';
import { Strategist, type StrategyInputs } from './strategist.js';
import { WeightedTurns } from './weighted-turns.js';

const routes = makeRoutes(`
providers:
  - { name: one, vendor: openai, api_keys: [a], model: m }
  - { name: two, vendor: openai, api_keys: [a], model: m }
  - { name: three, vendor: openai, api_keys: [a], model: m }
routing:
  routes:
    - { name: auto, targets: [one, two, three] }
    - name: shares
      strategy: weighted
      targets: [{ target: one, weight: 1 }, { target: two, weight: 2 }]
`);
const [one, two, three] = ['one', 'two', 'three'].map((name) => candidateOf(routes, name));

describe('Strategist', () => {
  let meter: TargetMeter;
  let strategist: Strategist;

  beforeEach(() => {
    meter = new TargetMeter();
    strategist = new Strategist(meter, new WeightedTurns());
  });

  function order(strategy: StrategyInputs['strategy'], more: Partial<StrategyInputs> = {}) {
    return strategist.order({
      strategy,
      group: 'auto 1',
      targets: targetsOf(routes, 'auto'),
      costOf: () => null,
      take: true,
      ...more,
    });
  }
  const namesOf = (ordered: ReturnType<typeof order>): string =>
    ordered.map(({ target }) => target.endpoint.name).join(' ');

  test('priority keeps the order of the route', () => {
    for (let turn = 0; turn < 3; turn++) expect(namesOf(order('priority'))).toBe('one two three');
    expect(order('priority')[0]?.reason).toBe('in the order of the route');
  });

  test('weighted lets targets lead by weight and tells the weight', () => {
    const targets = targetsOf(routes, 'shares');
    const firsts = Array.from({ length: 6 }, () => order('weighted', { targets })[0]?.target.endpoint.name);
    expect(firsts.filter((name) => name === 'two')).toHaveLength(4);
    expect(order('weighted', { targets }).map(({ reason }) => reason)).toEqual(['weight 2', 'weight 1']);
  });

  test('least-busy asks who has the fewest calls in flight', () => {
    if (one !== undefined && two !== undefined && three !== undefined) {
      meter.begin(one);
      meter.begin(one);
      meter.begin(three);
    }
    expect(namesOf(order('least-busy'))).toBe('two three one');
    expect(order('least-busy').map(({ reason }) => reason)).toEqual([
      '0 in flight',
      '1 in flight',
      '2 in flight',
    ]);
  });

  test('lowest-cost asks the cheapest, and whose price is not known last', () => {
    const prices: Readonly<Record<string, number | null>> = { one: null, two: 5, three: 3 };
    const ordered = order('lowest-cost', { costOf: ({ endpoint }) => prices[endpoint.name] ?? null });
    expect(namesOf(ordered)).toBe('three two one');
    expect(ordered.map(({ reason }) => reason)).toEqual(['by price', 'by price', 'price not known']);
    expect(namesOf(order('lowest-cost'))).toBe('one two three');
  });

  describe('least-latency', () => {
    beforeEach(() => {
      for (const [candidate, latency] of [
        [one, 300],
        [two, 100],
        [three, 200],
      ] as const) {
        if (candidate === undefined) continue;
        meter.begin(candidate).end();
        meter.succeeded(candidate, latency);
      }
      // The fastest was asked most, the slowest least.
      for (let count = 0; count < 9; count++) if (two !== undefined) meter.begin(two).end();
      if (three !== undefined) meter.begin(three).end();
    });

    test('asks the fastest, and on every twentieth turn who was asked least', () => {
      const firsts = Array.from({ length: 60 }, () => order('least-latency')[0]?.target.endpoint.name);
      expect(firsts.flatMap((name, turn) => (name === 'two' ? [] : [[turn + 1, name]]))).toEqual([
        [20, 'one'],
        [40, 'one'],
        [60, 'one'],
      ]);
    });

    test('tells figures as reasons', () => {
      expect(order('least-latency').map(({ reason }) => reason)).toEqual([
        '100 ms to first token',
        '200 ms to first token',
        '300 ms to first token',
      ]);
      for (let turn = 1; turn < 19; turn++) order('least-latency');
      expect(order('least-latency')[0]?.reason).toBe('300 ms to first token, exploring turn');
    });

    test('looking ahead uses up no exploring turn', () => {
      for (let turn = 0; turn < 100; turn++) {
        expect(namesOf(order('least-latency', { take: false }))).toBe('two three one');
      }
    });
  });
});

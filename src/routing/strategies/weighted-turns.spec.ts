import { beforeEach, describe, expect, test } from 'vitest';
import { makeRoutes, targetsOf } from '../../../test/support/make-routes.js';
import { targetName, type Target } from '../route-table.js';
import { WeightedTurns } from './weighted-turns.js';

function targetsWith(weights: readonly number[]): readonly Target[] {
  const names = ['one', 'two', 'three'].slice(0, weights.length);
  return targetsOf(
    makeRoutes(
      JSON.stringify({
        providers: names.map((name) => ({ name, vendor: 'openai', api_keys: ['a'], model: 'm' })),
        routing: {
          routes: [
            {
              name: 'auto',
              strategy: 'weighted',
              targets: names.map((target, index) => ({ target, weight: weights[index] })),
            },
          ],
        },
      }),
    ),
    'auto',
  );
}

describe('WeightedTurns', () => {
  let turns: WeightedTurns;

  beforeEach(() => {
    turns = new WeightedTurns();
  });

  const firsts = (targets: readonly Target[], count: number): string[] =>
    Array.from({ length: count }, () => {
      const [first] = turns.order('auto 1', targets, true);
      return first?.endpoint.name ?? '';
    });

  test.each<[weights: number[]]>([[[3, 1]], [[1, 1, 1]], [[5, 3, 2]], [[0.7, 0.2, 0.1]], [[1000, 1]]])(
    'weights %j: each leads in its share, exactly, over 10,000 turns',
    (weights) => {
      const led = firsts(targetsWith(weights), 10_000);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [index, name] of ['one', 'two', 'three'].slice(0, weights.length).entries()) {
        const share = led.filter((first) => first === name).length / 10_000;
        expect(Math.abs(share - (weights[index] ?? 0) / total)).toBeLessThan(0.001);
      }
    },
  );

  test('turns are spread evenly and never come in clumps', () => {
    expect(firsts(targetsWith([3, 1]), 8).join(' ')).toBe('one one two one one one two one');
  });

  test('every order has every target, and looking ahead uses up no turn', () => {
    const targets = targetsWith([3, 1]);
    for (let turn = 0; turn < 8; turn++) {
      const seen = turns.order('auto 1', targets, false).map(targetName);
      expect([...seen].sort()).toEqual(['one/m', 'two/m']);
      expect(turns.order('auto 1', targets, true).map(targetName)).toEqual(seen);
    }
  });

  test('groups have turns of their own', () => {
    const targets = targetsWith([1, 1]);
    turns.order('auto 1', targets, true);
    expect(turns.order('other 1', targets, true)[0]?.endpoint.name).toBe('one');
    expect(turns.order('auto 1', targets, true)[0]?.endpoint.name).toBe('two');
  });

  test('new weights hold from the turn after a reload', () => {
    firsts(targetsWith([1, 1]), 101);
    const led = firsts(targetsWith([3, 1]), 400);
    expect(Math.abs(led.filter((name) => name === 'one').length - 300)).toBeLessThanOrEqual(1);
  });
});

import { describe, expect, test } from 'vitest';
import { makeRoutes, targetsOf } from '../../../test/support/make-routes.js';
import type { TargetFigures } from '../target-meter.js';
import { orderByLatency } from './order-by-latency.js';

const targets = targetsOf(
  makeRoutes(`
providers:
  - { name: one, vendor: openai, api_keys: [a], model: m }
  - { name: two, vendor: openai, api_keys: [a], model: m }
  - { name: three, vendor: openai, api_keys: [a], model: m }
`),
  'auto',
);

type Figures = readonly [firstTokenMs: number | null, errorRate?: number, requests?: number];

function order(figures: readonly Figures[], isExploring = false): string {
  const figuresOf = (name: string): TargetFigures => {
    const index = ['one/m', 'two/m', 'three/m'].indexOf(name);
    const [firstTokenMs = null, errorRate = 0, requests = 10] = figures[index] ?? [];
    return { firstTokenMs, errorRate, requests, failures: 0, inFlight: 0 };
  };
  return orderByLatency(targets, figuresOf, isExploring)
    .map(({ endpoint }) => endpoint.name)
    .join(' ');
}

describe('orderByLatency', () => {
  test.each<[name: string, figures: readonly Figures[], expected: string]>([
    ['the fastest first', [[300], [100], [200]], 'two three one'],
    ['equal ones in the order of the route', [[100], [100], [100]], 'one two three'],
    ['never asked goes first', [[100], [200], [null]], 'three one two'],
    ['half of the calls failing counts as three times as slow', [[100, 0.5], [299], [301]], 'two one three'],
    ['the failing of the fastest is weighed, not condemned', [[100, 0.1], [200], [150]], 'one three two'],
    [
      'of two that never answered the one that failed less',
      [
        [null, 0.4],
        [null, 0.1],
        [null, 0.2],
      ],
      'two three one',
    ],
  ])('%s', (_name, figures, expected) => {
    expect(order(figures)).toBe(expected);
  });

  test('an exploring turn begins with who was asked least, and keeps the rest in order', () => {
    expect(
      order(
        [
          [300, 0, 5],
          [100, 0, 900],
          [200, 0, 50],
        ],
        true,
      ),
    ).toBe('one two three');
  });
});

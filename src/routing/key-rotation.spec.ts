import { describe, expect, test } from 'vitest';
import { candidateOf, makeRoutes } from '../../test/support/make-routes.js';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { KeyRotation } from './key-rotation.js';
import { TargetMeter } from './target-meter.js';

const routes = makeRoutes(`
providers:
  - { name: one, vendor: openai, api_keys: [a, b, c], model: small, models: [small, large] }
  - { name: two, vendor: openai, api_keys: [d], model: small }
`);
const one = routes.endpoints.get('one') as ProviderEndpoint;
const two = routes.endpoints.get('two') as ProviderEndpoint;
const hints = one.keys.map(({ hint }) => hint);

describe('KeyRotation', () => {
  test('keys take turns, and each order has all of them', () => {
    const rotation = new KeyRotation(new TargetMeter());
    const [a, b, c] = hints;
    const orders = Array.from({ length: 4 }, () => rotation.order(one, true).map(({ hint }) => hint));
    expect(orders).toEqual([
      [a, b, c],
      [b, c, a],
      [c, a, b],
      [a, b, c],
    ]);
  });

  test('looking ahead uses up no turn', () => {
    const rotation = new KeyRotation(new TargetMeter());
    expect(rotation.order(one, false)).toEqual(rotation.order(one, false));
    expect(rotation.order(one, false)).toEqual(rotation.order(one, true));
    expect(rotation.order(one, true)[0]?.hint).toBe(hints[1]);
  });

  test('the key with fewer calls in flight goes first, whatever its models', () => {
    const meter = new TargetMeter();
    const rotation = new KeyRotation(meter);
    meter.begin(candidateOf(routes, 'one', 0, 'large'));
    const running = meter.begin(candidateOf(routes, 'one', 1));
    expect(rotation.order(one, false).map(({ hint }) => hint)).toEqual([hints[2], hints[0], hints[1]]);
    running.end();
    expect(rotation.order(one, false).map(({ hint }) => hint)).toEqual([hints[1], hints[2], hints[0]]);
  });

  test('a single key has no turns', () => {
    const rotation = new KeyRotation(new TargetMeter());
    expect(rotation.order(two, true)).toBe(two.keys);
  });
});

import { describe, expect, test } from 'vitest';
import { makeRoutes, targetsOf } from '../../test/support/make-routes.js';
import type { ProviderPreferences } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import { applyPreferences } from './apply-preferences.js';
import { targetName } from './route-table.js';

const routes = makeRoutes(`
providers:
  - { name: one, vendor: openai, api_keys: [a], model: small, models: [small, large] }
  - { name: two, vendor: openai, api_keys: [b], model: small }
  - { name: three, vendor: anthropic, api_keys: [c], model: clever }
routing:
  routes:
    - { name: auto, targets: [one, two, three, one/large] }
`);
const targets = targetsOf(routes, 'auto');
const ALL = ['one/small', 'two/small', 'three/clever', 'one/large'];

const NO_FACTS = {};

describe('applyPreferences', () => {
  test.each<[preferences: ProviderPreferences | undefined, expected: string[]]>([
    [undefined, ALL],
    [{}, ALL],
    [{ only: ['two', 'one'] }, ['one/small', 'two/small', 'one/large']],
    [{ ignore: ['one'] }, ['two/small', 'three/clever']],
    [{ only: ['one', 'two'], ignore: ['one'] }, ['two/small']],
    [{ order: ['three', 'one'] }, ['three/clever', 'one/small', 'one/large', 'two/small']],
    [{ order: ['mistral', 'two'] }, ['two/small', 'one/small', 'three/clever', 'one/large']],
    [{ order: ['three', 'two'], allowFallbacks: false }, ['three/clever', 'two/small']],
    [{ allowFallbacks: false }, ['one/small']],
    [{ order: ['mistral'], allowFallbacks: false }, ['one/small']],
    [{ order: ['two', 'one'], ignore: ['two'], allowFallbacks: false }, ['one/small', 'one/large']],
  ])('%j', (preferences, expected) => {
    expect(applyPreferences(targets, preferences, routes, NO_FACTS).map(targetName)).toEqual(expected);
  });

  test.each<[ProviderPreferences]>([
    [{ only: ['mistral'] }],
    [{ ignore: ['one', 'two', 'three'] }],
    [{ only: ['one'], ignore: ['one'] }],
  ])('%j leaves nobody: the error says why for each', (preferences) => {
    try {
      applyPreferences(targets, preferences, routes, NO_FACTS);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      expect(error).toMatchObject({ code: 'no_matching_provider', param: 'provider' });
      for (const name of ALL) expect((error as GatewayError).message).toContain(`${name}: `);
    }
  });
});

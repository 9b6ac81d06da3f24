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

describe('applyPreferences', () => {
  test.each<[preferences: ProviderPreferences | undefined, expected: string[]]>([
    [undefined, ALL],
    [{}, ALL],
    [{ only: ['two', 'one'] }, ['one/small', 'two/small', 'one/large']],
    [{ ignore: ['one'] }, ['two/small', 'three/clever']],
    [{ only: ['one', 'two'], ignore: ['one'] }, ['two/small']],
    [{ order: ['three', 'one'] }, ['three/clever', 'one/small', 'one/large', 'two/small']],
    [{ order: ['nobody', 'two'] }, ['two/small', 'one/small', 'three/clever', 'one/large']],
    [{ order: ['three', 'two'], allowFallbacks: false }, ['three/clever', 'two/small']],
    [{ allowFallbacks: false }, ['one/small']],
    [{ order: ['nobody'], allowFallbacks: false }, ['one/small']],
    [{ order: ['two', 'one'], ignore: ['two'], allowFallbacks: false }, ['one/small', 'one/large']],
  ])('%j', (preferences, expected) => {
    expect(applyPreferences(targets, preferences).map(targetName)).toEqual(expected);
  });

  test.each<[ProviderPreferences]>([
    [{ only: ['nobody'] }],
    [{ ignore: ['one', 'two', 'three'] }],
    [{ only: ['one'], ignore: ['one'] }],
  ])('%j leaves nobody: the error names who serves', (preferences) => {
    try {
      applyPreferences(targets, preferences);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError);
      expect(error).toMatchObject({ code: 'invalid_request', param: 'provider' });
      expect((error as GatewayError).message).toContain('one, two, three');
    }
  });
});

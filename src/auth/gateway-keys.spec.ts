import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { GatewaySettings } from '../config/gateway-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { GatewayKeys } from './gateway-keys.js';

function settingsOf(auth: string, environment: Record<string, string> = {}): GatewaySettings {
  return loadSettings(
    environment,
    () => `${auth}\nproviders: [{ name: openai, vendor: openai, api_keys: [k] }]\n`,
  );
}

describe('gateway keys', () => {
  const settings = settingsOf(
    'auth: { keys: [{ name: a, key: secret-a, models: ["gpt-*"] }, { name: b, key: secret-b }] }',
    {
      GATEWAY_API_KEYS: 'c:secret:c',
    },
  );

  it.each([
    ['secret-a', { keyName: 'a', models: ['gpt-*'] }],
    ['secret-b', { keyName: 'b', models: ['*'] }],
    ['secret:c', { keyName: 'c', models: ['*'] }],
  ])('%s belongs to its caller', (secret, caller) => {
    expect(new GatewayKeys().find(settings, secret)).toMatchObject(caller);
  });

  it.each(['', 'secret', 'secret-', 'secret-ab', 'SECRET-A', 'secret-a ', 'a', 'c:secret:c'])(
    '%j belongs to nobody',
    (secret) => {
      expect(new GatewayKeys().find(settings, secret)).toBeUndefined();
    },
  );

  it('are those of the configuration that the request began with', () => {
    const keys = new GatewayKeys();
    expect(keys.find(settings, 'secret-a')).toBeDefined();
    const next = settingsOf('auth: { keys: [{ name: a, key: changed-a }] }');
    expect(keys.find(next, 'secret-a')).toBeUndefined();
    expect(keys.find(next, 'changed-a')).toMatchObject({ keyName: 'a' });
    expect(keys.find(settings, 'secret-a')).toBeDefined();
  });

  it('do not go on with the caller', () => {
    expect(inspect(new GatewayKeys().find(settings, 'secret-a'), { showHidden: true })).not.toContain(
      'secret',
    );
  });
});

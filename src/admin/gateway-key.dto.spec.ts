import { describe, expect, it } from 'vitest';
import { GatewayKeyConfig } from '../config/gateway-key.config.js';
import { keysOf } from '../config/key-info.js';
import { GatewayKeyDto } from './gateway-key.dto.js';

describe('the fields of a gateway key in the admin API', () => {
  it('are those of auth.keys without the secret, and the end', () => {
    const configured = [...keysOf(GatewayKeyConfig).keys()].filter((name) => name !== 'key');
    expect([...keysOf(GatewayKeyDto).keys()]).toEqual([...configured, 'expires_at']);
  });

  it('have the same words and defaults', () => {
    const configured = keysOf(GatewayKeyConfig);
    for (const [name, info] of keysOf(GatewayKeyDto)) {
      if (name !== 'expires_at') expect(info, name).toEqual(configured.get(name));
    }
  });
});

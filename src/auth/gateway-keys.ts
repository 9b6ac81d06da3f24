import { Injectable } from '@nestjs/common';
import { hash, timingSafeEqual } from 'node:crypto';
import type { GatewayKeySettings, GatewaySettings } from '../config/gateway-settings.js';

interface KeyLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly maxParallel?: number | undefined;
  readonly budgetNano?: number | undefined;
  readonly budgetPeriod: 'day' | 'week' | 'month' | 'total';
}

function toLimits(key: GatewayKeySettings): KeyLimits {
  return { ...key, budgetNano: key.budgetUsd === undefined ? undefined : Math.round(key.budgetUsd * 1e9) };
}

/** Who a request belongs to. */
export interface Caller {
  /** Identity of the gateway key, which outlives its name; `undefined` for callers that need none. */
  readonly keyId: string | undefined;
  /** Name of the gateway key. */
  readonly keyName: string | undefined;
  /** Patterns of what the caller may use. */
  readonly models: readonly string[];
  readonly limits: KeyLimits;
}

/** A caller without a key, where none is needed. */
export const KEYLESS_CALLER: Caller = {
  keyId: undefined,
  keyName: undefined,
  models: ['*'],
  limits: { budgetPeriod: 'month' },
};

interface StoredKey {
  readonly hash: Buffer;
  readonly caller: Caller;
}

/** The gateway keys of the configuration, kept as SHA-256 hashes. */
@Injectable()
export class GatewayKeys {
  private readonly prepared = new WeakMap<GatewaySettings, readonly StoredKey[]>();

  /** Compares with every key in constant time, so that the time taken tells nothing about any of them. */
  find(settings: GatewaySettings, secret: string): Caller | undefined {
    const presented = sha256(secret);
    let found: Caller | undefined;
    for (const key of this.keysOf(settings)) {
      if (timingSafeEqual(key.hash, presented)) found = key.caller;
    }
    return found;
  }

  private keysOf(settings: GatewaySettings): readonly StoredKey[] {
    let keys = this.prepared.get(settings);
    if (keys === undefined) {
      keys = settings.auth.keys.map(toStoredKey);
      this.prepared.set(settings, keys);
    }
    return keys;
  }
}

function toStoredKey(key: GatewayKeySettings): StoredKey {
  return {
    hash: sha256(key.secret),
    caller: { keyId: `config:${key.name}`, keyName: key.name, models: key.models, limits: toLimits(key) },
  };
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { GatewayKeySettings, GatewaySettings } from '../config/gateway-settings.js';
import { hashSecret } from './hash-secret.js';
import { toNano, type KeyLimits } from './key-limits.js';
import type { StoredKey } from './stored-key.js';
import { StoredKeys, type StoredSecret } from './stored-keys.js';

/** Who a request belongs to. The same object for as long as the key and its settings are the same. */
export interface Caller {
  /** Outlives the name: that of a stored key, `config:<name>` for one of the configuration; `undefined` without a key. */
  readonly keyId: string | undefined;
  /** Name of the gateway key; `undefined` for callers that need none. */
  readonly keyName: string | undefined;
  /** Patterns of what the caller may use. */
  readonly models: readonly string[];
  readonly limits: KeyLimits;
  /** Whether the key shares kept answers with the other keys that say so. */
  readonly sharedCache: boolean;
}

/** A caller without a key, where none is needed. */
export const KEYLESS_CALLER: Caller = {
  keyId: undefined,
  keyName: undefined,
  models: ['*'],
  limits: { budgetPeriod: 'month' },
  sharedCache: false,
};

/** Identity of a key of the configuration. */
export function configKeyId(name: string): string {
  return `config:${name}`;
}

/** Of secrets that are remembered beside their hashes; the headers of the latest requests hold as many. */
const MOST_HASHES = 1_000;

/**
 * The gateway keys: those of the configuration, and those made through the admin API. Both are known by their SHA-256
 * alone and looked up by it. How long that takes may tell something of the hash of a known key, which is of no use:
 * nobody can make a secret for a given beginning of a hash faster than by guessing the secret.
 */
@Injectable()
export class GatewayKeys {
  private readonly ofConfiguration = new WeakMap<GatewaySettings, ReadonlyMap<string, Caller>>();
  private readonly ofStored = new WeakMap<StoredKey, Caller>();
  /** Hashes of secrets that were good, which the next request most likely presents again. */
  private readonly hashes = new Map<string, string>();

  constructor(
    private readonly stored: StoredKeys,
    private readonly clock: Clock,
  ) {}

  /** False while an unknown secret may still be that of a stored key, because those have not been read yet. */
  get areLoaded(): boolean {
    return this.stored.isLoaded;
  }

  /** Whether callers on the same machine need one too. */
  areConfigured(settings: GatewaySettings): boolean {
    return settings.auth.keys.length > 0 || this.stored.wereEverMade;
  }

  find(settings: GatewaySettings, secret: string): Caller | undefined {
    const known = this.hashes.get(secret);
    const hash = known ?? hashSecret(secret);
    const caller = this.configuredKeys(settings).get(hash) ?? this.findStored(hash);
    if (known === undefined && caller !== undefined) this.remember(secret, hash);
    return caller;
  }

  /** Why a secret that was good once is not any more; `undefined`: it never was. */
  explain(secret: string): string | undefined {
    const stored = this.stored.find(hashSecret(secret));
    return stored && refusalOf(stored, this.clock.now());
  }

  private findStored(hash: string): Caller | undefined {
    const stored = this.stored.find(hash);
    return stored !== undefined && refusalOf(stored, this.clock.now()) === undefined
      ? this.callerOf(stored.key)
      : undefined;
  }

  private remember(secret: string, hash: string): void {
    if (this.hashes.size >= MOST_HASHES) this.hashes.clear();
    this.hashes.set(secret, hash);
  }

  private configuredKeys(settings: GatewaySettings): ReadonlyMap<string, Caller> {
    let keys = this.ofConfiguration.get(settings);
    if (keys === undefined) {
      keys = new Map(settings.auth.keys.map((key) => [hashSecret(key.secret), toCaller(key)]));
      this.ofConfiguration.set(settings, keys);
    }
    return keys;
  }

  private callerOf(key: StoredKey): Caller {
    let caller = this.ofStored.get(key);
    if (caller === undefined) {
      const { id, name, models, limits, sharedCache } = key;
      caller = { keyId: id, keyName: name, models, limits, sharedCache };
      this.ofStored.set(key, caller);
    }
    return caller;
  }
}

function toCaller(key: GatewayKeySettings): Caller {
  const { name, models, requestsPerMinute, tokensPerMinute, maxParallel, budgetUsd, budgetPeriod } = key;
  const budgetNano = budgetUsd === undefined ? undefined : toNano(budgetUsd);
  return {
    keyId: configKeyId(name),
    keyName: name,
    models,
    limits: { requestsPerMinute, tokensPerMinute, maxParallel, budgetNano, budgetPeriod },
    sharedCache: key.sharedCache,
  };
}

function refusalOf({ key, until }: StoredSecret, now: number): string | undefined {
  const { revokedAt, expiresAt } = key;
  if (revokedAt !== null) return `The API key was revoked at ${toIso(revokedAt)}`;
  if (expiresAt !== null && expiresAt <= now) return `The API key expired at ${toIso(expiresAt)}`;
  if (until !== undefined && until <= now) {
    return `This secret of the API key was replaced by a new one and was good until ${toIso(until)}`;
  }
  return undefined;
}

function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

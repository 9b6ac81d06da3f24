import { configKeyId } from '../auth/gateway-keys.js';
import { toDollars } from '../contract/to-dollars.js';
import type { StoredKey } from '../auth/stored-key.js';
import type { GatewayKeySettings } from '../config/gateway-settings.js';

/** A gateway key as the admin API shows it. Times are ISO 8601; `null` where there is none. */
export interface GatewayKeyReport {
  readonly id: string;
  readonly name: string;
  /** Only right after it was made. */
  readonly key?: string;
  /** `config`: from the configuration file or GATEWAY_API_KEYS, and only to be changed there. */
  readonly source: 'api' | 'config';
  readonly status: 'active' | 'expired' | 'revoked';
  /** The last four characters of the secret. */
  readonly key_hint: string | null;
  readonly models: readonly string[];
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly max_parallel: number | null;
  readonly budget_usd: number | null;
  readonly budget_period: string;
  readonly shared_cache: boolean;
  readonly created_at: string | null;
  readonly updated_at: string | null;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  /** How long the secret before the last rotation is good. */
  readonly previous_until: string | null;
}

/** @param secret to be shown this once */
export function reportStoredKey(key: StoredKey, now: number, secret?: string): GatewayKeyReport {
  const { limits, previousUntil } = key;
  return {
    id: key.id,
    name: key.name,
    ...(secret === undefined ? {} : { key: secret }),
    source: 'api',
    status: statusOf(key, now),
    key_hint: key.secretHint,
    models: key.models,
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    max_parallel: limits.maxParallel ?? null,
    budget_usd: toDollars(limits.budgetNano ?? null),
    budget_period: limits.budgetPeriod,
    shared_cache: key.sharedCache,
    created_at: toIso(key.createdAt),
    updated_at: toIso(key.updatedAt),
    expires_at: toIso(key.expiresAt),
    revoked_at: toIso(key.revokedAt),
    previous_until: previousUntil !== null && previousUntil > now ? toIso(previousUntil) : null,
  };
}

export function reportConfigKey(key: GatewayKeySettings): GatewayKeyReport {
  return {
    id: configKeyId(key.name),
    name: key.name,
    source: 'config',
    status: 'active',
    key_hint: null,
    models: key.models,
    requests_per_minute: key.requestsPerMinute ?? null,
    tokens_per_minute: key.tokensPerMinute ?? null,
    max_parallel: key.maxParallel ?? null,
    budget_usd: key.budgetUsd ?? null,
    budget_period: key.budgetPeriod,
    shared_cache: key.sharedCache,
    created_at: null,
    updated_at: null,
    expires_at: null,
    revoked_at: null,
    previous_until: null,
  };
}

function statusOf({ revokedAt, expiresAt }: StoredKey, now: number): GatewayKeyReport['status'] {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

function toIso(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

import type { GatewayKeysTable } from '../storage/tables.js';
import type { KeyLimits } from './key-limits.js';

/** A gateway key made through the admin API. Times are Unix milliseconds. */
export interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly secretHash: string;
  readonly secretHint: string;
  /** The secret before the last rotation, good until `previousUntil`. */
  readonly previousHash: string | null;
  readonly previousUntil: number | null;
  readonly models: readonly string[];
  readonly limits: KeyLimits;
  readonly sharedCache: boolean;
  readonly createdAt: number;
  /** Grows with each change, whatever the clocks of the replicas say. */
  readonly updatedAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

export function toStoredKey(row: GatewayKeysTable): StoredKey {
  return {
    id: row.id,
    name: row.name,
    secretHash: row.secret_hash,
    secretHint: row.secret_hint,
    previousHash: row.previous_hash,
    previousUntil: row.previous_until,
    models: JSON.parse(row.models) as readonly string[],
    limits: {
      requestsPerMinute: row.requests_per_minute ?? undefined,
      tokensPerMinute: row.tokens_per_minute ?? undefined,
      maxParallel: row.max_parallel ?? undefined,
      budgetNano: row.budget_nano ?? undefined,
      budgetPeriod: row.budget_period as KeyLimits['budgetPeriod'],
    },
    sharedCache: row.shared_cache === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}

export function toKeyRow(key: StoredKey): GatewayKeysTable {
  const { limits } = key;
  return {
    id: key.id,
    name: key.name,
    secret_hash: key.secretHash,
    secret_hint: key.secretHint,
    previous_hash: key.previousHash,
    previous_until: key.previousUntil,
    models: JSON.stringify(key.models),
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    max_parallel: limits.maxParallel ?? null,
    budget_nano: limits.budgetNano ?? null,
    budget_period: limits.budgetPeriod,
    shared_cache: key.sharedCache ? 1 : 0,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
  };
}

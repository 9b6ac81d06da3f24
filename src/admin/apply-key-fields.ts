import { randomUUID } from 'node:crypto';
import type { NewSecret } from '../auth/hash-secret.js';
import { toNano } from '../auth/key-limits.js';
import type { StoredKey } from '../auth/stored-key.js';
import { DEFAULTS } from '../config/defaults.js';
import { parseInstant } from '../config/instant.js';
import type { GatewayKeyDto } from './gateway-key.dto.js';
import type { FieldCheck } from './read-fields.js';

/** A budget is counted in whole nano-dollars, which are exact up to 2^53. */
const LARGEST_BUDGET_USD = 9_000_000;

/** What the fields of a key must be beyond their shape. */
export function checkKeyFields(now: number): FieldCheck<GatewayKeyDto> {
  return ({ budget_usd: budget, expires_at: expires }, report) => {
    if (typeof budget === 'number' && budget > LARGEST_BUDGET_USD) {
      const expected = `a number of at most ${String(LARGEST_BUDGET_USD)}`;
      report({ field: 'budget_usd', found: String(budget), expected });
    }
    if (typeof expires === 'string' && (parseInstant(expires) ?? Infinity) <= now) {
      report({
        field: 'expires_at',
        found: JSON.stringify(expires),
        expected: 'a time that is still to come',
      });
    }
  };
}

export function makeKey(fields: GatewayKeyDto, { hash, hint }: NewSecret, now: number): StoredKey {
  const { models, budget_period: budgetPeriod, shared_cache: sharedCache } = DEFAULTS.key;
  const plain: StoredKey = {
    id: randomUUID(),
    name: fields.name,
    secretHash: hash,
    secretHint: hint,
    previousHash: null,
    previousUntil: null,
    models,
    limits: { budgetPeriod },
    sharedCache,
    createdAt: now,
    updatedAt: now,
    expiresAt: null,
    revokedAt: null,
  };
  return patchKey(plain, fields);
}

/** An absent field leaves the key as it is; `null` takes away what was set, so that the default holds. */
export function patchKey(key: StoredKey, fields: GatewayKeyDto): StoredKey {
  const { limits } = key;
  const defaults = DEFAULTS.key;
  return {
    ...key,
    name: read(fields.name, key.name, key.name),
    models: read(fields.models, key.models, defaults.models),
    limits: {
      requestsPerMinute: read(fields.requests_per_minute, limits.requestsPerMinute, undefined),
      tokensPerMinute: read(fields.tokens_per_minute, limits.tokensPerMinute, undefined),
      maxParallel: read(fields.max_parallel, limits.maxParallel, undefined),
      budgetNano:
        typeof fields.budget_usd === 'number'
          ? toNano(fields.budget_usd)
          : read(fields.budget_usd, limits.budgetNano, undefined),
      budgetPeriod: read(fields.budget_period, limits.budgetPeriod, defaults.budget_period),
    },
    sharedCache: read(fields.shared_cache, key.sharedCache, defaults.shared_cache),
    expiresAt:
      typeof fields.expires_at === 'string'
        ? (parseInstant(fields.expires_at) ?? null)
        : read(fields.expires_at, key.expiresAt, null),
  };
}

function read<Value>(given: Value | null | undefined, current: Value, removed: Value): Value {
  if (given === undefined) return current;
  return given ?? removed;
}

import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { GatewayError } from '../contract/gateway-error.js';
import { ChangeFeed } from '../storage/change-feed.js';
import { Database } from '../storage/database.js';
import { isPermanentFailure } from '../storage/is-permanent-failure.js';
import type { Tables } from '../storage/tables.js';
import { toKeyRow, toStoredKey, type StoredKey } from './stored-key.js';

/** Topic of the change feed. */
export const KEYS_TOPIC = 'gateway_keys';
const RETRY_AFTER_MS = 1_000;
const ID_SHAPE = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Where a page begins: after the key made at that time with that id. */
export interface KeyPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** Whether a text can be the id of a stored key. PostgreSQL fails of texts that are none at all. */
export function isKeyId(text: string): boolean {
  return ID_SHAPE.test(text);
}

/** What a change of a key comes to: the key as it shall be, or why it cannot be changed. */
export type KeyChange = (key: StoredKey) => StoredKey | GatewayError;

/** The gateway keys in the database. Every change of them is told to all replicas. */
@Injectable()
export class KeyStore {
  constructor(
    private readonly database: Database,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * All keys but those revoked before a time, and whether there was ever any.
   * @throws what the database throws
   */
  async load(revokedSince: number): Promise<{ keys: readonly StoredKey[]; hasAny: boolean }> {
    const rows = await this.database.run((db) =>
      db
        .selectFrom('gateway_keys')
        .selectAll()
        .where((where) =>
          where.or([where('revoked_at', 'is', null), where('revoked_at', '>=', revokedSince)]),
        )
        .execute(),
    );
    if (rows.length > 0) return { keys: rows.map(toStoredKey), hasAny: true };
    const any = await this.database.run((db) =>
      db.selectFrom('gateway_keys').select('id').limit(1).executeTakeFirst(),
    );
    return { keys: [], hasAny: any !== undefined };
  }

  /**
   * The newest first.
   * @throws GatewayError `key_store_unavailable`
   */
  page(limit: number, after?: KeyPosition): Promise<readonly StoredKey[]> {
    return reach(async () => {
      const rows = await this.database.run((db) =>
        db
          .selectFrom('gateway_keys')
          .selectAll()
          .$if(after !== undefined, (query) =>
            query.where(sql<boolean>`(created_at, id) < (${after?.createdAt ?? 0}, ${after?.id ?? ''})`),
          )
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map(toStoredKey);
    });
  }

  /** @throws GatewayError `key_store_unavailable` */
  async get(id: string): Promise<StoredKey | undefined> {
    if (!isKeyId(id)) return undefined;
    return reach(async () => {
      const row = await this.database.run((db) =>
        db.selectFrom('gateway_keys').selectAll().where('id', '=', id).executeTakeFirst(),
      );
      return row === undefined ? undefined : toStoredKey(row);
    });
  }

  /** @throws GatewayError `conflict` when the name is taken, `key_store_unavailable` */
  async add(key: StoredKey): Promise<void> {
    await reach(
      () =>
        this.feed.change(KEYS_TOPIC, async (transaction) => {
          await transaction.insertInto('gateway_keys').values(toKeyRow(key)).execute();
          return key;
        }),
      key.name,
    );
  }

  /**
   * Changes a key while nobody else does. The same object from `change` leaves the key as it is.
   * @param name what it will be called, for the message when that is taken
   * @returns `undefined` when there is no such key
   * @throws the error that `change` gives; GatewayError `conflict`, `key_store_unavailable`
   */
  async change(id: string, now: number, change: KeyChange, name?: string): Promise<StoredKey | undefined> {
    if (!isKeyId(id)) return undefined;
    let outcome: StoredKey | GatewayError | undefined;
    await reach(
      () =>
        this.feed.change(KEYS_TOPIC, async (transaction) => {
          outcome = undefined;
          const row = await this.lock(transaction, id);
          if (row === undefined) return undefined;
          const key = toStoredKey(row);
          outcome = change(key);
          if (outcome === key || outcome instanceof GatewayError) return undefined;
          outcome = { ...outcome, updatedAt: Math.max(now, key.updatedAt + 1) };
          await transaction.updateTable('gateway_keys').set(toKeyRow(outcome)).where('id', '=', id).execute();
          return outcome;
        }),
      name,
    );
    // Not thrown inside: the database did nothing wrong.
    if (outcome instanceof GatewayError) throw outcome;
    return outcome;
  }

  private lock(transaction: Transaction<Tables>, id: string) {
    const query = transaction.selectFrom('gateway_keys').selectAll().where('id', '=', id);
    // A transaction of SQLite has the whole file to itself.
    return (this.database.dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  }
}

/** Says in our words what went wrong in the database. */
async function reach<Value>(work: () => Promise<Value>, name?: string): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (name !== undefined && isNameTaken(error)) throw nameTaken(name);
    if (isPermanentFailure(error)) throw error;
    throw keyStoreUnavailable(
      'The database is unavailable, so gateway keys can be neither listed nor changed now. Those in use go on working',
      error,
    );
  }
}

export function nameTaken(name: string): GatewayError {
  return new GatewayError('conflict', `name: another key is called ${JSON.stringify(name)} already`, {
    param: 'name',
    shouldRetry: false,
  });
}

export function keyStoreUnavailable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('key_store_unavailable', message, { retryAfterMs: RETRY_AFTER_MS, cause });
}

function isNameTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('constraint' in error) return error.constraint === 'gateway_keys_name';
  return error.message.includes('UNIQUE constraint failed: gateway_keys.name');
}

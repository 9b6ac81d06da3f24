import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test } from 'vitest';
import { describeOnBothDatabases } from '../../test/support/databases.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { openKeys, type OpenKeys } from '../../test/support/open-keys.js';
import type { GatewaySettings } from '../config/gateway-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { GatewayError } from '../contract/gateway-error.js';
import { makeSecret, type NewSecret } from './hash-secret.js';
import type { StoredKey } from './stored-key.js';

function settingsOf(auth: string, environment: Record<string, string> = {}): GatewaySettings {
  return loadSettings(
    environment,
    () => `${auth}\nproviders: [{ name: openai, vendor: openai, api_keys: [k] }]\n`,
  );
}

const DAY_MS = 86_400_000;
const NO_KEYS = settingsOf('');

async function open(url: string, clock = new ManualClock()): Promise<OpenKeys> {
  const opened = await openKeys(url, clock);
  onTestFinished(() => opened.close());
  return opened;
}

let made = 0;

function storedKey({ hash, hint }: NewSecret, more: Partial<StoredKey> = {}): StoredKey {
  const number = ++made;
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    name: `key-${String(number)}`,
    secretHash: hash,
    secretHint: hint,
    previousHash: null,
    previousUntil: null,
    models: ['gpt-*'],
    limits: {
      requestsPerMinute: 6,
      tokensPerMinute: undefined,
      maxParallel: undefined,
      budgetNano: 1_500_000_001,
      budgetPeriod: 'week',
    },
    sharedCache: true,
    createdAt: number,
    updatedAt: 1,
    expiresAt: null,
    revokedAt: null,
    ...more,
  };
}

describe('gateway keys of the configuration', () => {
  const settings = settingsOf(
    'auth: { keys: [{ name: a, key: secret-a, models: ["gpt-*"], budget_usd: 0.1234567891, max_parallel: 3 }, { name: b, key: secret-b, shared_cache: true }] }',
    { GATEWAY_API_KEYS: 'c:secret:c' },
  );
  let opened: OpenKeys;

  beforeAll(async () => {
    opened = await openKeys('sqlite::memory:', new ManualClock());
  });

  afterAll(() => opened.close());

  it.each([
    [
      'secret-a',
      {
        keyId: 'config:a',
        keyName: 'a',
        models: ['gpt-*'],
        limits: { maxParallel: 3, budgetNano: 123_456_789, budgetPeriod: 'month' },
        sharedCache: false,
      },
    ],
    ['secret-b', { keyId: 'config:b', keyName: 'b', models: ['*'], sharedCache: true }],
    ['secret:c', { keyId: 'config:c', keyName: 'c', models: ['*'], sharedCache: false }],
  ])('%s belongs to its caller', (secret, caller) => {
    expect(opened.keys.find(settings, secret)).toMatchObject(caller);
  });

  it.each(['', 'secret', 'secret-', 'secret-ab', 'SECRET-A', 'secret-a ', 'a', 'c:secret:c'])(
    '%j belongs to nobody',
    (secret) => {
      expect(opened.keys.find(settings, secret)).toBeUndefined();
    },
  );

  it('are those of the configuration that the request began with', () => {
    const { keys } = opened;
    expect(keys.find(settings, 'secret-a')).toBeDefined();
    const next = settingsOf('auth: { keys: [{ name: a, key: changed-a }] }');
    expect(keys.find(next, 'secret-a')).toBeUndefined();
    expect(keys.find(next, 'changed-a')).toMatchObject({ keyName: 'a' });
    expect(keys.find(settings, 'secret-a')).toBeDefined();
  });

  it('give the same caller to each request', () => {
    const { keys } = opened;
    expect(keys.find(settings, 'secret-a')).toBe(keys.find(settings, 'secret-a'));
  });

  it('do not go on with the caller', () => {
    const caller = opened.keys.find(settings, 'secret-a');
    expect(inspect(caller, { showHidden: true })).not.toContain('secret');
  });
});

describeOnBothDatabases('stored gateway keys', (maker) => {
  test('are known as soon as they are made, with all their settings', async () => {
    const { store, keys } = await open(await maker.create());
    const secret = makeSecret();
    expect(keys.areConfigured(NO_KEYS)).toBe(false);
    const key = storedKey(secret);
    await store.add(key);
    expect(keys.find(NO_KEYS, secret.secret)).toEqual({
      keyId: key.id,
      keyName: key.name,
      models: key.models,
      limits: key.limits,
      sharedCache: true,
    });
    expect(keys.areConfigured(NO_KEYS)).toBe(true);
    expect(await store.get(key.id)).toEqual(key);
    expect(keys.find(NO_KEYS, `${secret.secret}x`)).toBeUndefined();
    expect(keys.explain(`${secret.secret}x`)).toBeUndefined();
  });

  test('keep the same caller until they are changed, whatever happens to others', async () => {
    const { store, keys } = await open(await maker.create());
    const [secret, other] = [makeSecret(), makeSecret()];
    const key = storedKey(secret);
    await store.add(key);
    const caller = keys.find(NO_KEYS, secret.secret);
    await store.add(storedKey(other));
    expect(keys.find(NO_KEYS, secret.secret)).toBe(caller);
    await store.change(key.id, 1, (current) => ({ ...current, models: ['auto'] }));
    expect(keys.find(NO_KEYS, secret.secret)).toMatchObject({ keyId: key.id, models: ['auto'] });
  });

  test('note each change, also one in the same millisecond', async () => {
    const { store, keys } = await open(await maker.create());
    const secret = makeSecret();
    const key = storedKey(secret);
    await store.add(key);
    for (const model of ['one', 'two', 'three']) {
      await store.change(key.id, 1, (current) => ({ ...current, models: [model] }));
      expect(keys.find(NO_KEYS, secret.secret)?.models).toEqual([model]);
    }
    expect((await store.get(key.id))?.updatedAt).toBe(4);
  });

  test('lose no change when many come at once', async () => {
    const { store, keys } = await open(await maker.create());
    const secret = makeSecret();
    const key = storedKey(secret, { models: [] });
    await store.add(key);
    const names = Array.from({ length: 20 }, (_, index) => `model-${String(index)}`);
    await Promise.all(
      names.map((name) =>
        store.change(key.id, 1, (current) => ({ ...current, models: [...current.models, name] })),
      ),
    );
    expect(keys.find(NO_KEYS, secret.secret)?.models.toSorted()).toEqual(names.toSorted());
  });

  test('end when they expire or are revoked, and say so', async () => {
    const clock = new ManualClock();
    const { store, keys } = await open(await maker.create(), clock);
    const [expiring, revoked] = [makeSecret(), makeSecret()];
    await store.add(storedKey(expiring, { expiresAt: clock.now() + DAY_MS }));
    const key = storedKey(revoked);
    await store.add(key);
    clock.advance(DAY_MS - 1);
    expect(keys.find(NO_KEYS, expiring.secret)).toBeDefined();
    clock.advance(1);
    expect(keys.find(NO_KEYS, expiring.secret)).toBeUndefined();
    expect(keys.explain(expiring.secret)).toBe('The API key expired at 2026-01-02T00:00:00.000Z');
    await store.change(key.id, clock.now(), (current) => ({ ...current, revokedAt: clock.now() }));
    expect(keys.find(NO_KEYS, revoked.secret)).toBeUndefined();
    expect(keys.explain(revoked.secret)).toBe('The API key was revoked at 2026-01-02T00:00:00.000Z');
  });

  test('leave the gateway closed when the last of them is revoked, also long after', async () => {
    const clock = new ManualClock();
    const url = await maker.create();
    const { store, keys } = await open(url, clock);
    const key = storedKey(makeSecret());
    await store.add(key);
    await store.change(key.id, clock.now(), (current) => ({ ...current, revokedAt: clock.now() }));
    expect(keys.areConfigured(NO_KEYS)).toBe(true);
    clock.advance(100 * DAY_MS);
    expect((await open(url, clock)).keys.areConfigured(NO_KEYS)).toBe(true);
  });

  test('have an old secret that is good for as long as was said', async () => {
    const clock = new ManualClock();
    const { store, keys } = await open(await maker.create(), clock);
    const [old, fresh] = [makeSecret(), makeSecret()];
    const key = storedKey(old);
    await store.add(key);
    await store.change(key.id, clock.now(), (current) => ({
      ...current,
      secretHash: fresh.hash,
      previousHash: current.secretHash,
      previousUntil: clock.now() + 1_000,
    }));
    expect(keys.find(NO_KEYS, old.secret)).toBe(keys.find(NO_KEYS, fresh.secret));
    clock.advance(1_000);
    expect(keys.find(NO_KEYS, fresh.secret)).toBeDefined();
    expect(keys.find(NO_KEYS, old.secret)).toBeUndefined();
    expect(keys.explain(old.secret)).toMatch(/replaced by a new one and was good until 2026-01-01T00:00:01/);
  });

  test('share no name while they are in force', async () => {
    const { store, database } = await open(await maker.create());
    const key = storedKey(makeSecret(), { name: 'team' });
    await store.add(key);
    const taken = { code: 'conflict', param: 'name', message: expect.stringContaining('"team"') as string };
    await expect(store.add(storedKey(makeSecret(), { name: 'team' }))).rejects.toMatchObject(taken);
    const other = storedKey(makeSecret());
    await store.add(other);
    const renamed = store.change(other.id, 1, (current) => ({ ...current, name: 'team' }), 'team');
    await expect(renamed).rejects.toMatchObject(taken);
    expect(database.isUsable).toBe(true);
    await store.change(key.id, 1, (current) => ({ ...current, revokedAt: 1 }));
    await expect(
      store.change(other.id, 1, (current) => ({ ...current, name: 'team' })),
    ).resolves.toMatchObject({
      name: 'team',
    });
  });

  test('are not changed when the change is refused, and the database is not blamed for it', async () => {
    const { store, database } = await open(await maker.create());
    const key = storedKey(makeSecret());
    await store.add(key);
    const refused = store.change(key.id, 1, () => new GatewayError('conflict', 'no'));
    await expect(refused).rejects.toMatchObject({ code: 'conflict', message: 'no' });
    expect(await store.get(key.id)).toEqual(key);
    expect(database.isUsable).toBe(true);
  });

  test('of other ids do not exist', async () => {
    const { store } = await open(await maker.create());
    for (const id of ['', 'nobody', '\0', '00000000-0000-4000-8000-999999999999']) {
      expect(await store.get(id)).toBeUndefined();
      expect(await store.change(id, 1, (current) => current)).toBeUndefined();
    }
  });

  test('come in pages, the newest first, those of one millisecond each once', async () => {
    const { store } = await open(await maker.create());
    const all = [1, 2, 2, 2, 3].map((createdAt) => storedKey(makeSecret(), { createdAt }));
    for (const key of all) await store.add(key);
    const pages: string[][] = [];
    let after: { createdAt: number; id: string } | undefined;
    do {
      const page = await store.page(2, after);
      pages.push(page.map(({ name }) => name));
      after = page.at(-1);
    } while (after !== undefined);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1, 0]);
    expect(pages.flat()).toEqual(all.toReversed().map(({ name }) => name));
  });
});
